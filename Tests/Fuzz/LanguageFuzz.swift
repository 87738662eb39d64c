// What libFuzzer calls with every input: reading, checking and formatting may neither crash nor hang,
// the tree prints back its source, and formatting twice is formatting once.
import FeditFormat
import FeditPixels
import FeditPlan
import FeditProgram
import FeditSyntax
import Foundation

private struct FuzzWorld: World {
  func resolve(_ path: String, from script: String) throws(WorldProblem) -> String { "/" + path }
  func exists(_ path: String) -> Bool { true }
  func script(at path: String) throws(WorldProblem) -> [UInt8] { throw WorldProblem(.missing, "no file") }
  func drawing(at path: String) throws(WorldProblem) -> [UInt8] { throw WorldProblem(.missing, "no file") }
  func pictureSize(at path: String) throws(WorldProblem) -> (width: Int, height: Int) { (320, 240) }
  func sample(_ path: String, at point: Point) throws(WorldProblem) -> RGB8 {
    RGB8(red: 1, green: 2, blue: 3)
  }
  func maskBounds(at path: String) throws(WorldProblem) -> (from: Point, to: Point)? { nil }
  func model(_ name: String?, from script: String?) throws(WorldProblem) -> PlanModel {
    PlanModel(source: .builtIn("portrait-256"), size: 256)
  }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let (source, problems) = SourceText.decoding(name: "fuzz.fedit", bytes: bytes)
  let result = parse(source)
  precondition(Array(result.script.text.utf8) == source.utf8, "the tree does not print back")
  for diagnostic in result.diagnostics {
    precondition(diagnostic.range.span.end <= source.utf8.count, "a span outside the text")
    _ = source.location(of: diagnostic.range.span.start)
  }
  var options = PlanOptions()
  options.limits.steps = 20_000
  options.limits.strokes = 2_000
  let program = plan(source, path: "/fuzz.fedit", problems: problems, world: FuzzWorld(), options: options)
  guard result.diagnostics.isEmpty, problems.isEmpty, let once = try? formatted(source) else { return 0 }
  let again = try? formatted(SourceText(name: "fuzz.fedit", once))
  precondition(again == once, "formatting is not idempotent")
  if program.plan != nil {
    let other = plan(
      SourceText(name: "fuzz.fedit", once), path: "/fuzz.fedit", world: FuzzWorld(), options: options)
    precondition(other.plan != nil, "formatting changes the meaning")
  }
  return 0
}
