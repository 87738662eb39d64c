import FeditImage
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
}
