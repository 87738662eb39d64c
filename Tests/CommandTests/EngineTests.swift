import FeditGenerator
import FeditImage
import FeditTestSupport
import FeditWeights
import Foundation
import Testing

@Suite struct EngineTests {
  private static let script =
    head + """
      face eyes (40, 50), (80, 50) mouth (60, 90)
      edit "a" { seed 3; mask circle((60, 60), 20); color circle((60, 60), 9) with #804020 }
      save "out.png"

      """

  private func scratch() throws -> Scratch { try .with("a.fedit", Self.script) }

  @Test("the engines' pictures differ by at most 1 of 255, and --verbose says which one worked")
  func pictures() throws {
    let scratch = try scratch()
    let native = try scratch.fedit("run", "a.fedit", "--engine", "native", "--verbose", "-o", "native.png")
    let other = try scratch.fedit("run", "a.fedit", "--engine", "openblas", "--verbose", "-o", "other.png")
    #expect(native.status == 0)
    #expect(other.status == 0)
    #expect(native.errors.contains("engine: native (AVX"))
    #expect(other.errors.contains("engine: OpenBLAS 0."))
    let (a, b) = (try scratch.picture("native.png"), try scratch.picture("other.png"))
    guard case .eight(let x) = a.samples, case .eight(let y) = b.samples else {
      Issue.record("the pictures have 8 bits")
      return
    }
    let photo = try scratch.picture("p.png")
    #expect(a.samples != photo.samples)
    #expect(zip(x, y).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  }

  @Test("a lock names the engine, and verify names it where the other one gives other bytes")
  func locks() throws {
    let scratch = try scratch()
    #expect(try scratch.fedit("lock", "a.fedit", "--engine", "openblas").status == 0)
    let lock = String(decoding: try scratch.bytes("a.fedit.lock"), as: UTF8.self)
    #expect(lock.contains("\"openblas\": \"0."))
    #expect(try scratch.fedit("verify", "a.fedit", "--engine", "openblas").status == 0)
    // The lock inside the picture names it too, so the bytes differ in any case.
    let verified = try scratch.fedit("verify", "a.fedit", "--engine", "native")
    #expect(verified.status == 1)
    #expect((verified.output + verified.errors).contains("openblas"))
  }

  @Test("a session changes its engine with ':engine', and what the other one computed is done again")
  func session() throws {
    let scratch = try scratch()
    let lines = [
      "photo \"p.png\"", "region (0, 0) size 128 at 128", "face eyes (40, 50), (80, 50) mouth (60, 90)",
      "edit \"a\"", "seed 3",
      "mask circle((60, 60), 20)", "color circle((60, 60), 9) with #804020",
      ":engine native", "go", ":show result native.png", ":engine openblas", "go", ":show result other.png",
      ":engine", ":engine native", "go", ":show result again.png",
    ]
    let outcome = try scratch.fedit("repl", input: lines.joined(separator: "\n") + "\n")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.ranges(of: "OpenBLAS 0.").count == 2)
    #expect(outcome.output.ranges(of: "native (AVX").count == 2)
    for (name, engine) in [("native", "native"), ("other", "openblas"), ("again", "native")] {
      #expect(try scratch.fedit("run", "a.fedit", "--engine", engine, "-o", "run.png").status == 0)
      #expect(try scratch.picture("\(name).png").samples == scratch.picture("run.png").samples, "\(name)")
    }
    let unknown = try scratch.fedit("repl", input: ":engine abacus\n")
    #expect(unknown.errors.contains("there are 'native' and 'openblas'"))
  }

  @Test("an unknown engine is a usage error that names those there are")
  func unknown() throws {
    let outcome = try scratch().fedit("run", "a.fedit", "--engine", "abacus")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("native"))
    #expect(outcome.errors.contains("openblas"))
  }

  @Test("without OpenBLAS its engine is refused with what would mend it")
  func missing() throws {
    let scratch = try scratch()
    // An empty file in its place: the loader looks there first.
    try scratch.write("lib/libopenblas.so.0", "")
    let outcome = try scratch.fedit(
      ["run", "a.fedit", "--engine", "openblas"],
      environment: ["LD_LIBRARY_PATH": scratch.path + "/lib"])
    #expect(outcome.status == 70)
    #expect(outcome.errors.contains("OpenBLAS cannot be loaded"))
    #expect(outcome.errors.contains("hint: install it"))
    #expect(!scratch.exists("out.png"))
  }

  @Test(
    "both engines' gradients of both networks agree to 1e-5 of the largest",
    arguments: Architecture.Family.allCases)
  func gradients(family: Architecture.Family) throws {
    let scratch = try Scratch()
    let (width, size) = (4, 128)
    let weights = RandomWeights(family, width: width)
    let architecture = Architecture(family, width: width)
    var numbers = Numbers(5)
    func tensor(_ name: String, _ channels: Int) -> SafetensorsWriter.Tensor {
      .init(
        name: name, shape: [1, size, size, channels],
        (0..<size * size * channels).map { _ in numbers.float() })
    }
    var tensors = try architecture.tensorShapes.map { name, shape in
      SafetensorsWriter.Tensor(name: name, shape: shape, try weights.floats(named: name))
    }
    tensors += [tensor("input", architecture.inputChannels), tensor("gradient", 3)]
    try SafetensorsWriter.write(
      tensors, metadata: ["probe": "generator", "architecture": family.rawValue],
      to: scratch.path + "/in.safetensors")
    var results: [SafetensorsFile] = []
    for engine in Engine.allCases {
      let outcome = try scratch.fedit(
        "train", "--engine", engine.rawValue, "--probe", "in.safetensors", "-o", "\(engine).safetensors")
      #expect(outcome.status == 0, "\(outcome.errors)")
      results.append(try SafetensorsFile(path: scratch.path + "/\(engine).safetensors"))
    }
    #expect(results[0].names.count > 20)
    for name in results[0].names {
      let (a, b) = (try results[0].floats(named: name), try results[1].floats(named: name))
      let largest = a.map(abs).max() ?? 0
      let worst = zip(a, b).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= 1e-5 * max(largest, 1e-3), "\(name): \(worst) of \(largest)")
    }
  }
}
