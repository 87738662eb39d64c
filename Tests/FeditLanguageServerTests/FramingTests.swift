import FeditLanguageServer
import FeditTestSupport
import Foundation
import Testing

private func frame(_ body: String) -> [UInt8] { MessageEncoder.encode(Array(body.utf8)) }

/// All that comes out of chunks put in one after the other, bodies as text.
private func decode(_ chunks: [[UInt8]]) -> [String] {
  var decoder = MessageDecoder()
  var result: [String] = []
  for chunk in chunks {
    decoder.append(chunk)
    while let event = decoder.next() {
      switch event {
      case .message(let body): result.append(String(decoding: body, as: UTF8.self))
      case .problem: result.append("problem")
      }
    }
  }
  return result
}

@Suite struct FramingTests {
  @Test("a message comes through whole, however its bytes were cut")
  func splitAnywhere() {
    let bytes = frame("{\"a\":1}") + frame("") + frame("ü😀")
    let expected = ["{\"a\":1}", "", "ü😀"]
    #expect(decode([bytes]) == expected)
    #expect(decode(bytes.map { [$0] }) == expected)
    for cut in 0...bytes.count { #expect(decode([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected) }
  }

  @Test("header fields may come in any order and case, and lines may end in a lone line feed")
  func headers() {
    let other = "Content-Type: application/vscode-jsonrpc; charset=utf-8"
    #expect(decode([Array("\(other)\r\nContent-Length: 2\r\n\r\nhi".utf8)]) == ["hi"])
    #expect(decode([Array("content-length:2\r\n\(other)\r\n\r\nhi".utf8)]) == ["hi"])
    #expect(decode([Array("Content-Length: 2\n\nhi".utf8)]) == ["hi"])
  }

  @Test(
    "a length that is none is one problem, and the next message is read",
    arguments: ["-1", "+2", "2x", "", "0x10", "1 2", "99999999999999999999999999", "9999999999999"])
  func wrongLengths(_ length: String) {
    let bytes = Array("Content-Length: \(length)\r\n\r\n".utf8) + frame("next")
    #expect(decode([bytes]) == ["problem", "next"])
    #expect(decode(bytes.map { [$0] }) == ["problem", "next"])
  }

  @Test("two lengths in one header, or none, are a problem")
  func ambiguousHeaders() {
    let two = Array("Content-Length: 2\r\nContent-Length: 3\r\n\r\n".utf8)
    #expect(decode([two + frame("next")]).last == "next")
    #expect(decode([Array("Content-Type: x\r\n\r\n".utf8) + frame("next")]) == ["problem", "next"])
  }

  @Test("garbage is told once and passed over up to the next header")
  func garbage() {
    let noise = Array("hello? {\"jsonrpc\":\"2.0\"}\r\n\r\n\u{0}\u{1}more".utf8)
    #expect(decode([noise + frame("next")]) == ["problem", "next"])
    let long = [UInt8](repeating: 0x41, count: 100_000)
    #expect(decode([long, long, frame("next")]) == ["problem", "next"])
    #expect(decode((long + frame("next")).map { [$0] }) == ["problem", "next"])
  }

  @Test("a body that is longer than its length costs no other message")
  func tooLong() {
    let long = Array("Content-Length: 3\r\n\r\n{\"a\":1}".utf8)
    #expect(decode([long + frame("next") + frame("last")]) == ["{\"a", "problem", "next", "last"])
    #expect(decode((long + frame("next")).map { [$0] }) == ["{\"a", "problem", "next"])
  }

  @Test("megabytes of headers that never end are passed over once", .timeLimit(.minutes(1)))
  func endlessHeaders() {
    let noise = Array(String(repeating: "content-length", count: 400_000).utf8)
    #expect(decode([noise + Array("\r\n\r\n".utf8) + frame("next")]) == ["problem", "next"])
  }

  @Test("a body that is too large is passed over without being kept")
  func tooLarge() {
    let size = MessageDecoder.bodyLimit + 10
    var chunks = [Array("Content-Length: \(size)\r\n\r\n".utf8)]
    let chunk = [UInt8](repeating: 0x20, count: 1 << 20)
    var left = size
    while left > 0 {
      chunks.append(Array(chunk.prefix(left)))
      left -= chunk.count
    }
    #expect(decode(chunks + [frame("next")]) == ["problem", "next"])
  }

  @Test("whatever bytes come in, the decoder goes on, and finds a message behind a clean end")
  func fuzz() {
    var random = Numbers(7)
    let pieces = [
      "Content-Length: ", "content-length:", "\r\n", "\n", "\r\n\r\n", "5", "0", "-", "hello", ":", " ",
      "\u{0}",
      "Content-Type: a", "é",
    ]
    for _ in 0..<(runsLongTests ? 100_000 : 2_000) {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        if Bool.random(using: &random) {
          bytes += Array((pieces.randomElement(using: &random) ?? "").utf8)
        } else {
          bytes.append(UInt8.random(in: 0...255, using: &random))
        }
      }
      // A length of so many digits would be that of a message too long for a test.
      let digits = bytes.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard digits < 4 else { continue }
      var chunks: [[UInt8]] = []
      while !bytes.isEmpty {
        let cut = Int.random(in: 1...bytes.count, using: &random)
        chunks.append(Array(bytes.prefix(cut)))
        bytes.removeFirst(cut)
      }
      // Enough for any body that was begun to end, and for the decoder to find its feet.
      chunks.append([UInt8](repeating: 0x58, count: digits < 2 ? 64 : 1_000))
      chunks.append(Array("\r\n\r\n".utf8) + frame("lost") + frame("end"))
      #expect(decode(chunks).last == "end")
    }
  }

  private static let conversations: [URL] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fuzz/framing")
    let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return (files ?? []).sorted { $0.path < $1.path }
  }()

  @Test(
    "the fuzzer's conversations are the same messages however they are cut, and are answered",
    arguments: conversations)
  func corpus(_ file: URL) throws {
    let bytes = Array(try Data(contentsOf: file))
    let whole = decode([bytes])
    #expect(!whole.isEmpty)
    #expect(decode(bytes.map { [$0] }) == whole)
    for size in [2, 3, 7, 64] {
      let chunks = stride(from: 0, to: bytes.count, by: size).map {
        Array(bytes[$0..<min($0 + size, bytes.count)])
      }
      #expect(decode(chunks) == whole)
    }
    let server = LanguageServer(host: MapHost(), version: "0")
    var answers = 0
    for body in whole {
      server.receive(Array(body.utf8))
      while server.hasWork, server.exitStatus == nil { answers += server.work().count }
    }
    #expect(answers > 0)
  }
}
