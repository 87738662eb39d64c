import FeditLanguageServer
import FeditProgram
import FeditSyntax
import FeditTestSupport
import Foundation
import Synchronization
import Testing

@Suite struct SyncTests {
  /// What a check of the whole text finds: `line:column-line:column code`, from 1, in scalars.
  private func freshCheck(_ text: String) -> [String] {
    let source = SourceText(name: "main.fedit", text)
    return plan(source, path: "/w/main.fedit", world: BlindWorld(base: MapWorld(host: MapHost(), root: "/w")))
      .diagnostics.map { "\($0.range.span.start)-\($0.range.span.end) \($0.code)" }
  }

  /// The diagnostics that the server told, as UTF-8 offsets of the text.
  private func told(_ client: Client, _ text: String, _ encoding: String) -> [String] {
    // Lines as the protocol cuts them.
    var lines: [[UInt8]] = [[]]
    let bytes = Array(text.utf8)
    for (index, byte) in bytes.enumerated() {
      lines[lines.count - 1].append(byte)
      if byte == 0x0A || (byte == 0x0D && !(index + 1 < bytes.count && bytes[index + 1] == 0x0A)) {
        lines.append([])
      }
    }
    func offset(_ position: JSON) -> Int {
      let line = position["line"].int ?? -1
      guard lines.indices.contains(line) else { return -1 }
      let start = lines[..<line].reduce(0) { $0 + $1.count }
      var units = 0
      var index = 0
      let wanted = position["character"].int ?? -1
      for scalar in String(decoding: lines[line], as: UTF8.self).unicodeScalars {
        if units >= wanted { break }
        units += encoding == "utf-8" ? UTF8.width(scalar) : encoding == "utf-16" ? UTF16.width(scalar) : 1
        index += UTF8.width(scalar)
      }
      return start + index
    }
    return (client.diagnostics[Client.main] ?? []).map {
      "\(offset($0["range"]["start"]))-\(offset($0["range"]["end"])) \($0["code"].string)"
    }
  }

  @Test(
    "after each random edit the diagnostics are those of a fresh check",
    arguments: ["utf-8", "utf-16", "utf-32"])
  func randomEdits(_ encoding: String) throws {
    var random = Numbers(encoding == "utf-8" ? 1 : encoding == "utf-16" ? 2 : 3)
    let client = try Client(capabilities: ["general": ["positionEncodings": [.string(encoding)]]])
    var scalars = Array(sunglasses.unicodeScalars)
    client.open(sunglasses)
    let pieces = [
      "mask", "sketch ", "circle((1, 2), 3)", "let a = 3", "\n", "\r\n", "\r", "{", "}", "(", ")", "\"", "é",
      "😀",
      "a\u{301}", "// 😀 ü", "/*", "*/", "#fff", "30deg", ";", ",", "edit \"b\" { }", "tint", "lens", "1e9",
      "\\(",
      "photo \"q.png\"", "use \"lib.fedit\"", " ", "\t", "\u{FEFF}", "𝒳 = 3",
    ]
    for round in 0..<(runsLongTests ? 5_000 : 250) {
      var changes: [JSON] = []
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        // Places are told in the text as it is by then.
        let start = Int.random(in: 0...scalars.count, using: &random)
        let end = min(
          scalars.count, start + (Bool.random(using: &random) ? 0 : Int.random(in: 0...12, using: &random)))
        let new = Bool.random(using: &random) ? (pieces.randomElement(using: &random) ?? "") : ""
        let range: JSON = [
          "start": position(scalars, start, encoding), "end": position(scalars, end, encoding),
        ]
        // Between `\r` and `\n` there is no position; the protocol has the line end before them.
        if isInsideBreak(scalars, start) || isInsideBreak(scalars, end) { continue }
        scalars.replaceSubrange(start..<end, with: Array(new.unicodeScalars))
        changes.append(["range": range, "text": .string(new)])
      }
      // Now and then all at once, so that the text stays one that has something to check.
      if scalars.count > 3_000 || round % 100 == 99 {
        scalars = Array(sunglasses.unicodeScalars)
        changes.append(["text": .string(sunglasses)])
      }
      client.notify(
        "textDocument/didChange",
        [
          "textDocument": ["uri": .string(Client.main), "version": .int(round)],
          "contentChanges": .array(changes),
        ])
      var text = ""
      text.unicodeScalars.append(contentsOf: scalars)
      let expected = freshCheck(text)
      guard told(client, text, encoding) == Array(expected.prefix(1_000)) else {
        Issue.record(
          "round \(round): \(told(client, text, encoding)) is not \(expected) for \(text.debugDescription)")
        return
      }
    }
  }

  private func isInsideBreak(_ scalars: [UnicodeScalar], _ index: Int) -> Bool {
    index > 0 && index < scalars.count && scalars[index - 1] == "\r" && scalars[index] == "\n"
  }

  private func position(_ scalars: [UnicodeScalar], _ index: Int, _ encoding: String) -> JSON {
    var line = 0
    var character = 0
    for i in 0..<index {
      let scalar = scalars[i]
      if scalar == "\n" || (scalar == "\r" && !(i + 1 < scalars.count && scalars[i + 1] == "\n")) {
        line += 1
        character = 0
      } else {
        character += encoding == "utf-8" ? UTF8.width(scalar) : encoding == "utf-16" ? UTF16.width(scalar) : 1
      }
    }
    return ["line": .int(line), "character": .int(character)]
  }

  @Test("positions behind a line's end mean the end, behind the last line the end of the text")
  func clampedPositions() throws {
    let client = try Client()
    client.open("let a = 1\nlet b = c")
    func change(_ start: JSON, _ end: JSON, _ text: String) {
      client.notify(
        "textDocument/didChange",
        [
          "textDocument": ["uri": .string(Client.main), "version": 2],
          "contentChanges": [["range": ["start": start, "end": end], "text": .string(text)]],
        ])
    }
    #expect(client.problems() == ["1:8-1:9 unknown-name"])
    change(["line": 0, "character": 99], ["line": 0, "character": 99], "; let c = 2")
    #expect(client.problems() == [])
    change(["line": 9, "character": 9], ["line": 9, "character": 9], "; let d = e")
    #expect(client.problems() == ["1:19-1:20 unknown-name"])
    // The wrong way round, negative: survived.
    change(["line": 1, "character": 5], ["line": 0, "character": 2], "")
    change(["line": -1, "character": -5], ["line": -1, "character": -2], "")
    #expect(try !client.request("textDocument/documentSymbol", client.document()).array.isEmpty)
  }

  @Test("changes that wait are checked once")
  func coalescing() throws {
    let client = try Client()
    client.open("let a = b")
    let before = client.received.count
    for text in ["let a = b\n", "let a = b\nlet c = d\n", "let a = 1\n"] {
      client.enqueue(
        "textDocument/didChange",
        [
          "textDocument": ["uri": .string(Client.main), "version": 2],
          "contentChanges": [["text": .string(text)]],
        ])
    }
    client.settle()
    #expect(client.received.count == before + 1)
    #expect(client.problems() == [])
  }

  @Test("a check that a message interrupts is made up for later")
  func interruption() throws {
    let client = try Client()
    client.enqueue(
      "textDocument/didOpen",
      [
        "textDocument": [
          "uri": .string(Client.main), "version": 1,
          "text": "for x in 0..<20000 { assert x < 30000 }\nassert 1 > 2, \"no\"",
        ]
      ])
    _ = client.server.work()
    // Interrupted while it runs: nothing is told, and the work is still there.
    let calls = Counter()
    let sent = client.server.work(isInterrupted: { calls.next() > 1 })
    #expect(sent.isEmpty && client.server.hasWork)
    client.settle()
    #expect(client.problems() == ["1:7-1:12 failed-assertion"] || client.problems().count == 1)
  }

  @Test("a closed document has no diagnostics; a used file that is not open has its user's")
  func filesBesides() throws {
    var host = MapHost()
    host.scripts["/w/lib.fedit"] = "def dot(at: point) = circle(at, radus)\n"
    let client = try Client(host)
    client.open("use \"lib.fedit\"\nphoto \"p.png\"\nedit \"a\" { mask dot((1, 2)) }")
    #expect(client.problems() == [])
    #expect(client.problems("file:///w/lib.fedit") == ["0:32-0:37 unknown-name"])
    // Open and mended in the editor, not on disk.
    client.open("def dot(at: point) = circle(at, 3)\n", uri: "file:///w/lib.fedit")
    #expect(client.problems("file:///w/lib.fedit") == [])
    client.replace("def spot(at: point) = circle(at, 3)\n", uri: "file:///w/lib.fedit")
    #expect(client.problems() == ["2:16-2:19 unknown-name"])
    // Closed without being saved: the disk counts again.
    client.notify("textDocument/didClose", client.document("file:///w/lib.fedit"))
    #expect(client.problems() == [])
    #expect(client.problems("file:///w/lib.fedit") == ["0:32-0:37 unknown-name"])
    client.notify("textDocument/didClose", client.document())
    #expect(client.problems("file:///w/lib.fedit") == [])
  }

  @Test("a script that is not saved anywhere is checked, too")
  func untitled() throws {
    let client = try Client()
    client.open("let a = b", uri: "untitled:Untitled-1")
    #expect(client.problems("untitled:Untitled-1") == ["0:8-0:9 unknown-name"])
  }
}

private final class Counter: Sendable {
  private let value = Mutex(0)
  func next() -> Int {
    value.withLock {
      $0 += 1
      return $0
    }
  }
}
