import FeditGenerator
import FeditImage
import FeditPlan
import FeditProgram
import FeditSession
import FeditSyntax
import FeditWeights
import Foundation
import Testing

/// A folder with a photo of 300×300 pixels and random weights of a network that sees the face's other half.
private final class Portrait {
  let folder: String
  static let side = 300

  init() throws {
    folder = PathResolver.real(NSTemporaryDirectory() + "fedit-mirror-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try PNGFile.write(photo { _, _ in 0 }, to: folder + "/p.png")
    let weights = RandomWeights(.deepGatedUNet, width: 2, size: 128, seed: 5)
    try SafetensorsWriter.write(
      weights.names.map { name in
        .init(name: name, shape: weights.shape(of: name) ?? [], try weights.floats(named: name))
      }, metadata: weights.metadata, to: folder + "/m.safetensors")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// A photo with something added at places of it.
  func photo(_ change: (Int, Int) -> Int) -> Picture {
    let values = (0..<Self.side * Self.side * 3).map { i -> UInt8 in
      let (x, y) = (i / 3 % Self.side, i / 3 / Self.side)
      return UInt8(60 + x / 3 + y / 5 + change(x, y))
    }
    return Picture(width: Self.side, height: Self.side, samples: .eight(values))
  }

  func run(
    _ lines: String, threads: Int = 2, face: String = "face eyes (110, 120), (190, 120)\n",
    blend: String = "blend none; "
  ) throws -> Picture {
    let session = EditSession(options: SessionOptions(root: folder, threads: threads))
    let text =
      "photo \"p.png\"\nmodel \"m.safetensors\"\n\(face)region (0, 0) size 300\n"
      + "edit \"e\" { \(blend)mask circle((110, 120), 20); \(lines) }\n"
    let checked = session.check(
      source: SourceText(name: "t.fedit", text), path: folder + "/t.fedit", options: PlanOptions())
    return try session.run(try #require(checked.plan, "\(checked.diagnostics.map(\.message))")).picture
  }
}

@Suite("What lies opposite, in runs") struct MirrorRunTests {
  @Test(
    "on a plain wall without a face the fill is the wall's, unless 'mirror off' leaves open whether there is one"
  )
  func wall() throws {
    let portrait = try Portrait()
    try PNGFile.write(
      Picture(
        width: Portrait.side, height: Portrait.side,
        samples: .eight([UInt8](repeating: 150, count: Portrait.side * Portrait.side * 3))),
      to: portrait.folder + "/p.png")
    func worst(_ lines: String) throws -> Int {
      let picture = try portrait.run(lines, face: "", blend: "")
      guard case .eight(let values) = picture.samples else { return 255 }
      return values.map { abs(Int($0) - 150) }.max() ?? 255
    }
    #expect(try worst("") <= 4)
    #expect(try worst("mirror off") > 8)
  }

  @Test("a fill depends on what lies opposite in the face, and with 'mirror off' does not")
  func depends() throws {
    let portrait = try Portrait()
    let (seen, unseen) = (try portrait.run(""), try portrait.run("mirror off"))
    #expect(seen != unseen)
    // Another eye, opposite the mask: what the mask's own surroundings show of it is the same for both.
    try PNGFile.write(
      portrait.photo { x, y in (180..<200).contains(x) && (110..<130).contains(y) ? 60 : 0 },
      to: portrait.folder + "/p.png")
    func change(_ a: Picture, _ b: Picture) -> Int {
      (0..<40 * 40).reduce(0) { sum, i in
        let (p, q) = (a.rgb8(90 + i % 40, 100 + i / 40), b.rgb8(90 + i % 40, 100 + i / 40))
        return sum + abs(Int(p.0) - Int(q.0)) + abs(Int(p.1) - Int(q.1)) + abs(Int(p.2) - Int(q.2))
      }
    }
    let (with, without) = (change(seen, try portrait.run("")), change(unseen, try portrait.run("mirror off")))
    #expect(with > 2 * without, "\(with) and \(without)")
  }

  @Test("any number of threads gives the same bytes")
  func threads() throws {
    let portrait = try Portrait()
    #expect(try portrait.run("", threads: 1) == portrait.run("", threads: 3))
  }
}
