import FeditPlan
import FeditProgram
import FeditStudio
import FeditSyntax
import FeditTestSupport
import FeditText
import Foundation
import Testing

/// Of scripts, not of tests.
typealias SourceLocation = FeditSyntax.SourceLocation

/// A gesture on a text, and what comes of it: one entry of a file in `Cases`.
///
/// ```text
/// === what it promises
/// move 1 10,-3
///     mask ‸line((10, 20), (30, 40))
/// ---
/// - mask line((10, 20), (30, 40))
/// + mask line((20, 17), (30, 40))
/// ```
///
/// `‸` marks the place. A script that names no photo gets one.
struct GestureCase: CustomStringConvertible, Sendable {
  var file: String
  var name: String
  var command: String
  var script: String
  var expected: String
  var description: String { name }
}

private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
  "Cases")

private func cases() -> [GestureCase] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  return names.filter { $0.hasSuffix(".txt") }.sorted().flatMap { file -> [GestureCase] in
    let text = (try? String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)) ?? ""
    return text.components(separatedBy: "=== ").dropFirst().map { entry in
      let parts = entry.components(separatedBy: "\n---\n")
      let lines = parts[0].split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false).map(
        String.init)
      return GestureCase(
        file: file, name: lines[0], command: lines.count > 1 ? lines[1] : "",
        script: lines.count > 2 ? lines[2] + "\n" : "",
        expected: parts.count > 1 ? parts[1].trimmingCharacters(in: .newlines) : "")
    }
  }
}

/// The world of the cases: `p.png` has 256×256 pixels, `lib.fedit` has definitions.
let studioWorld: MapWorld = {
  var world = MapWorld()
  world.scripts["/lib.fedit"] = """
    def dot(at: point, size: number = 4) {
        mask circle(at + (1, 1), size)
    }
    def corner() {
        mask polygon((10, 10), (30, 10), (10, 30))
    }
    """
  return world
}()

func studioView(zoom: Double = 1) -> StudioView {
  StudioView(zoom: zoom, name: "t.fedit", path: "/t.fedit", world: studioWorld)
}

extension GestureCase {
  /// The script without the mark, and the place of the mark.
  private func prepared() -> (text: String, place: SourceLocation?) {
    var text = script
    let head = (text.contains("photo ") ? "" : "photo \"p.png\"\n")
    let needsFace = text.contains("in face") && !text.contains("face eyes")
    text = head + (needsFace ? "face eyes (98, 122), (158, 122) mouth (128, 182)\n" : "") + text
    text = text.replacingOccurrences(of: "\\r", with: "\r")
    guard let mark = text.firstIndex(of: "‸") else { return (text, nil) }
    let offset = text[..<mark].utf8.count
    text.remove(at: mark)
    return (text, SourceText(name: "t", text).location(of: offset))
  }

  /// The gesture of the command line; `zoom=` and other settings stand behind.
  private func gesture(_ place: SourceLocation?) throws -> (Gesture, Double) {
    var words = command.split(separator: " ").map(String.init)
    var settings: [String: String] = [:]
    for word in words where word.contains("=") && words[0] != "set" {
      let pair = word.split(separator: "=", maxSplits: 1).map(String.init)
      settings[pair[0]] = pair[1]
    }
    if words[0] != "set" { words.removeAll { $0.contains("=") } }
    let zoom = Double(settings["zoom"] ?? "1") ?? 1
    func location(_ text: String?) -> SourceLocation? {
      let numbers = (text ?? "").split(separator: ":").compactMap { Int($0) }
      return numbers.count == 2 ? SourceLocation(line: numbers[0], column: numbers[1]) : nil
    }
    let at = location(settings["at"]) ?? place ?? SourceLocation(line: 1, column: 1)
    switch words[0] {
    case "move":
      let by = words[2].split(separator: ",").compactMap { Double($0) }
      return (
        .move(
          at: at, handle: Int(words[1]) ?? 1, by: Point(by[0], by[1]), picked: location(settings["picked"])),
        zoom
      )
    case "draw":
      let style = StrokeStyle(
        color: settings["color"], brush: settings["brush"].flatMap(Double.init),
        erases: settings["layer"].flatMap(LayerKeyword.init) ?? .mask, isMirrored: settings["mirrored"] != nil
      )
      return (
        .draw(
          points: HandLines.named(words[2]), tool: try #require(StudioTool(rawValue: words[1])), style: style,
          after: place, smoothing: Double(settings["smoothing"] ?? "0.25") ?? 0.25,
          recognize: settings["drawn"] == nil), zoom
      )
    case "redraw": return (.redraw(at: at, points: HandLines.named(words[1])), zoom)
    case "delete": return (.delete(at: at), zoom)
    case "set":
      return (.set(at: at, modifier: words[1], value: words.dropFirst(2).joined(separator: " ")), zoom)
    case "detach": return (.detach(at: at), zoom)
    case "param": return (.extractParam(at: at), zoom)
    default: throw UserError(.usage, "unknown command \(words[0])")
    }
  }

  /// What changes, in lines; or why nothing does.
  func found() throws -> String {
    let (text, place) = prepared()
    let (gesture, zoom) = try gesture(place)
    let done: StudioEdit
    do throws(UserError) {
      done = try edited(text, by: gesture, view: studioView(zoom: zoom))
    } catch {
      return "refused (\(error.exitStatus.rawValue)): \(error.message)"
    }
    let source = SourceText(name: "t", text)
    #expect(applied(done.edits, to: source) == done.text, "the edits do not make the text")
    #expect(done.result.plan != nil)
    var lines = difference(text, done.text)
    if done.moves > 0 { lines.append("moves \(done.moves)") }
    if let selection = done.selection { lines.append("selects \(selection.line):\(selection.column)") }
    return lines.joined(separator: "\n")
  }
}

/// A text with edits.
func applied(_ edits: [Diagnostic.Edit], to source: SourceText) -> String {
  var bytes = source.utf8
  for edit in edits.reversed() {
    bytes.replaceSubrange(edit.span.start..<edit.span.end, with: Array(edit.replacement.utf8))
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// The lines that differ: those between the first and the last that do.
private func difference(_ old: String, _ new: String) -> [String] {
  func lines(_ text: String) -> [String] {
    text.replacingOccurrences(of: "\r", with: "\\r").components(separatedBy: "\n")
  }
  let (a, b) = (lines(old), lines(new))
  guard a != b else { return ["unchanged"] }
  let shorter = min(a.count, b.count)
  let head = (0..<shorter).first { a[$0] != b[$0] } ?? shorter
  let tail = (0..<(shorter - head)).first { a[a.count - 1 - $0] != b[b.count - 1 - $0] } ?? shorter - head
  return a[head..<(a.count - tail)].map { "- " + $0 } + b[head..<(b.count - tail)].map { "+ " + $0 }
}

@Suite struct GestureCaseTests {
  @Test("a gesture changes the text as it should", arguments: cases())
  func gesture(_ gesture: GestureCase) throws {
    guard ProcessInfo.processInfo.environment["FEDIT_RECORD"] != "1" else { return }
    #expect(try gesture.found() == gesture.expected, "\(gesture.file): \(gesture.command)")
  }

  @Test("there are at least 120 cases, each with a name of its own")
  func count() throws {
    let all = cases()
    #expect(all.count >= 120)
    #expect(Set(all.map(\.name)).count == all.count)
  }

  /// FEDIT_RECORD=1 writes what comes of each gesture now, to be read and committed.
  @Test("the cases are recorded where that is asked for")
  func record() throws {
    guard ProcessInfo.processInfo.environment["FEDIT_RECORD"] == "1" else { return }
    let all = cases()
    for file in Set(all.map(\.file)) {
      let text = try all.filter { $0.file == file }.map {
        "=== \($0.name)\n\($0.command)\n\($0.script.trimmingCharacters(in: .newlines))\n---\n\(try $0.found())\n"
      }.joined(separator: "\n")
      try text.write(to: folder.appendingPathComponent(file), atomically: true, encoding: .utf8)
    }
    Issue.record("recorded; run again without FEDIT_RECORD")
  }
}
