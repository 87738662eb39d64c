import FeditLanguageServer
import FeditTestSupport
import Foundation
import Testing

@Suite struct ProtocolTests {
  private func fresh() -> LanguageServer { LanguageServer(host: MapHost(), version: "test") }

  private func ask(_ server: LanguageServer, _ text: String) -> [JSON] {
    server.receive(Array(text.utf8))
    var result: [JSON] = []
    while server.hasWork {
      result += server.work().compactMap { try? JSONDecoder().decode(JSON.self, from: Data($0)) }
    }
    return result
  }

  private func code(_ text: String, _ server: LanguageServer) -> Int? {
    ask(server, text).first?["error"]["code"].int
  }

  @Test("what is no JSON, no message or no request is refused with JSON-RPC's codes")
  func malformed() {
    let server = fresh()
    #expect(code("{", server) == -32700)
    #expect(code("\u{0}\u{1}", server) == -32700)
    #expect(code(String(repeating: "[", count: 100_000), server) == -32700)
    #expect(code("[]", server) == -32700)
    #expect(code(#"{"id":1,"method":"shutdown"}"#, server) == -32600)
    #expect(code(#"{"jsonrpc":"1.0","id":1,"method":"shutdown"}"#, server) == -32600)
    #expect(code(#"{"jsonrpc":"2.0"}"#, server) == -32600)
    #expect(code(#"{"jsonrpc":"2.0","id":{},"method":"shutdown"}"#, server) == -32600)
  }

  @Test(
    "requests before 'initialize' and after 'shutdown' are refused, 'exit' tells whether all was in order")
  func lifeCycle() {
    let early = fresh()
    #expect(code(#"{"jsonrpc":"2.0","id":1,"method":"textDocument/hover","params":{}}"#, early) == -32002)
    #expect(ask(early, #"{"jsonrpc":"2.0","method":"exit"}"#).isEmpty)
    #expect(early.exitStatus == 1)

    let server = fresh()
    let initialize = #"{"jsonrpc":"2.0","id":"a","method":"initialize","params":{"capabilities":{}}}"#
    let result = ask(server, initialize)
    #expect(result.first?["id"] == "a")
    #expect(result.first?["result"]["capabilities"]["positionEncoding"] == "utf-16")
    #expect(code(initialize, server) == -32600)
    let shutdown = ask(server, #"{"jsonrpc":"2.0","id":2,"method":"shutdown"}"#)
    #expect(shutdown == [["jsonrpc": "2.0", "id": 2, "result": nil]])
    #expect(code(#"{"jsonrpc":"2.0","id":3,"method":"textDocument/hover","params":{}}"#, server) == -32600)
    #expect(ask(server, #"{"jsonrpc":"2.0","method":"exit"}"#).isEmpty)
    #expect(server.exitStatus == 0)
  }

  @Test("unknown methods are refused, unknown notifications passed over, wrong parameters named")
  func unknown() throws {
    let client = try Client()
    #expect(throws: Client.Refusal(code: -32601, message: "there is no method 'textDocument/moon'")) {
      try client.request("textDocument/moon", [:])
    }
    client.notify("$/setTrace", ["value": "off"])
    client.notify("workspace/moon", [:])
    #expect(throws: Client.Refusal(code: -32602, message: "'params.position' is missing")) {
      try client.request("textDocument/hover", ["textDocument": ["uri": "file:///w/main.fedit"]])
    }
    #expect(
      throws: Client.Refusal(code: -32602, message: "the document is not open: file:///w/other.fedit")
    ) {
      try client.request("textDocument/foldingRange", ["textDocument": ["uri": "file:///w/other.fedit"]])
    }
  }

  @Test("a request that waits can be cancelled; one that was answered cannot")
  func cancel() throws {
    let client = try Client()
    client.open(sunglasses)
    client.enqueue("textDocument/foldingRange", client.document(), id: 71)
    client.enqueue("textDocument/foldingRange", client.document(), id: "b")
    client.enqueue("$/cancelRequest", ["id": 71])
    client.enqueue("$/cancelRequest", ["id": 99])
    #expect(throws: Client.Refusal(code: -32800, message: "the request was cancelled")) {
      try client.answer(71)
    }
    #expect(try !client.answer("b").array.isEmpty)
  }

  @Test("the cheapest encoding that the client offers is taken")
  func encodings() throws {
    func chosen(_ offered: JSON) -> JSON {
      let server = fresh()
      let body: JSON = [
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": ["capabilities": ["general": ["positionEncodings": offered]]],
      ]
      let text = (try? JSONEncoder().encode(body)).map { String(decoding: $0, as: UTF8.self) } ?? ""
      return ask(server, text).first?["result"]["capabilities"]["positionEncoding"] ?? nil
    }
    #expect(chosen(["utf-16", "utf-8", "utf-32"]) == "utf-8")
    #expect(chosen(["utf-32", "utf-16"]) == "utf-32")
    #expect(chosen(["klingon"]) == "utf-16")
    #expect(chosen(nil) == "utf-16")
    #expect(chosen(3) == "utf-16")
  }

  @Test("mutated messages never stop the server: it answers the next request")
  func mutations() throws {
    let client = try Client()
    client.open(sunglasses)
    let encoder = JSONEncoder()
    let position: JSON = ["line": 14, "character": 16]
    let place: JSON = ["textDocument": ["uri": .string(Client.main)], "position": position]
    let bodies: [JSON] = [
      ["jsonrpc": "2.0", "id": 5, "method": "textDocument/hover", "params": place],
      ["jsonrpc": "2.0", "id": 5, "method": "textDocument/completion", "params": place],
      [
        "jsonrpc": "2.0", "method": "textDocument/didChange",
        "params": [
          "textDocument": ["uri": .string(Client.main), "version": 3],
          "contentChanges": [
            ["range": ["start": position, "end": ["line": 15, "character": 2]], "text": "mask x\n"]
          ],
        ],
      ],
      ["jsonrpc": "2.0", "method": "$/cancelRequest", "params": ["id": 4]],
    ]
    var random = Numbers(11)
    for round in 0..<(runsLongTests ? 20_000 : 1_000) {
      var bytes = Array(try encoder.encode(bodies[round % bodies.count]))
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0...3, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: index)
        // Numbers become absurd ones.
        default: bytes.insert(contentsOf: Array("9999999999999".utf8), at: index)
        }
        if bytes.isEmpty { bytes = [0x7B] }
      }
      client.server.receive(bytes)
      client.settle()
    }
    #expect(try !client.request("textDocument/foldingRange", client.document()).isNull)
  }
}
