import FeditImage
import FeditTestSupport
import Foundation
import Testing

/// The scripts of Examples/ that edit something; `glasses.fedit` is a recipe that two of them use.
private let examples: [String] = {
  let folder = repository + "/Examples"
  let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
  return all.filter {
    $0.hasSuffix(".fedit") && !$0.hasSuffix("/glasses.fedit") && $0.split(separator: "/").count == 2
  }
  .sorted()
}()

@Suite struct ExampleTests {
  @Test("there are at least eight examples") func count() { #expect(examples.count >= 8) }

  @Test(
    "every example checks without a warning and gives the result that lies beside it", arguments: examples)
  func example(_ path: String) throws {
    let scratch = try Scratch()
    let folder = (path as NSString).deletingLastPathComponent
    try FileManager.default.copyItem(
      atPath: repository + "/Examples/" + folder, toPath: scratch.path + "/" + folder)
    let script = try String(contentsOfFile: repository + "/Examples/" + path, encoding: .utf8)
    let result = try #require(script.matches(of: /save "([^"]+)"/).last?.1)
    try FileManager.default.removeItem(atPath: scratch.path + "/" + folder + "/" + result)
    let outcome = try scratch.fedit("run", path)
    #expect(outcome.status == 0)
    #expect(outcome.errors == "")
    let made = try scratch.picture(folder + "/" + result)
    let kept = try PictureFile.read(repository + "/Examples/" + folder + "/" + result)
    #expect(made.samples == kept.samples)
  }

  @Test("every example verifies from its lock, with one and two threads and on other processors' kernels")
  func verified() throws {
    let scratch = try Scratch()
    try FileManager.default.copyItem(atPath: repository + "/Examples", toPath: scratch.path + "/Examples")
    let scripts = examples.map { "Examples/\($0)" }
    let pictures = try scripts.map { script in
      let text = try String(contentsOfFile: repository + "/" + script, encoding: .utf8)
      let name = try #require(text.matches(of: /save "([^"]+)"/).last?.1)
      return (script as NSString).deletingLastPathComponent + "/" + name
    }
    // The bytes hang on the versions of the libraries; with others than the locks' the pixels are compared.
    let lock = try String(contentsOfFile: repository + "/\(scripts[0]).lock", encoding: .utf8)
    let own = ["libpng": PictureCodecs.libpng, "zlib": PictureCodecs.zlib].allSatisfy {
      lock.contains("\"\($0)\": \"\($1)\"")
    }
    let flag = own ? [] : ["--pixels"]
    let same = own ? "bytes" : "pixels"
    var runs: [(files: [String], threads: String, environment: [String: String])] = [
      (scripts, "1", ["OPENBLAS_CORETYPE": "Haswell"]),
      (pictures, "2", ["OPENBLAS_CORETYPE": "Zen", "FEDIT_KERNELS": "avx2"]),
    ]
    if ProcessInfo.processInfo.environment["FEDIT_LONG_TESTS"] == "1" {
      for (threads, core) in [("1", "Zen"), ("2", "Haswell"), ("2", "SkylakeX"), ("3", "Sandybridge")] {
        runs.append((scripts + pictures, threads, ["OPENBLAS_CORETYPE": core]))
      }
    }
    for (files, threads, environment) in runs {
      let outcome = try scratch.fedit(
        ["verify", "--threads", threads] + flag + files, environment: environment)
      #expect(outcome.status == 0)
      #expect(outcome.errors == "")
      #expect(outcome.output == files.map { "\($0): the same \(same)\n" }.joined())
    }
  }
}
