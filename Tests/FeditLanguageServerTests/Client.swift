import FeditLanguageServer
import Foundation
import Testing

/// A script in which `▲` marks a place.
struct Marked {
  var text: String
  /// Line and UTF-16 character, from 0.
  var position: JSON

  init(_ marked: String) {
    let parts = marked.components(separatedBy: "▲")
    text = parts.joined()
    let lines = (parts.first ?? "").components(separatedBy: "\n")
    position = ["line": .int(lines.count - 1), "character": .int(lines.last?.utf16.count ?? 0)]
  }
}

/// A client in the same process.
final class Client {
  struct Refusal: Error, Hashable {
    var code: Int
    var message: String
  }

  let server: LanguageServer
  /// Bodies that came and are no answers.
  private(set) var received: [JSON] = []
  /// The last diagnostics of each document.
  private(set) var diagnostics: [String: [JSON]] = [:]
  private var answers: [JSON: JSON] = [:]
  private var nextID = 1

  static let main = "file:///w/main.fedit"

  /// Capabilities of a client that can everything.
  static let able: JSON = [
    "general": ["positionEncodings": ["utf-16"]],
    "workspace": [
      "workspaceEdit": ["documentChanges": true], "didChangeWatchedFiles": ["dynamicRegistration": true],
    ],
    "textDocument": [
      "completion": ["completionItem": ["snippetSupport": true]],
      "hover": ["contentFormat": ["markdown", "plaintext"]],
      "documentSymbol": ["hierarchicalDocumentSymbolSupport": true],
      "signatureHelp": [
        "signatureInformation": ["parameterInformation": ["labelOffsetSupport": true]]
      ],
      "publishDiagnostics": ["relatedInformation": true],
    ],
  ]

  init(_ host: MapHost = MapHost(), capabilities: JSON = Client.able, root: String? = nil) throws {
    server = LanguageServer(host: host, version: "test", root: root)
    let result = try request(
      "initialize", ["processId": nil, "rootUri": "file:///w", "capabilities": capabilities])
    #expect(result["serverInfo"]["name"] == "fedit")
    notify("initialized", [:])
  }

  /// A client with one document open, and the place marked in it.
  convenience init(open marked: String, host: MapHost = MapHost(), capabilities: JSON = Client.able) throws {
    try self.init(host, capabilities: capabilities)
    open(Marked(marked).text)
  }

  // MARK: Messages

  private func body(_ message: JSON) -> [UInt8] {
    (try? JSONEncoder().encode(message)).map(Array.init) ?? []
  }

  func enqueue(_ method: String, _ params: JSON, id: JSON? = nil) {
    var message: [String: JSON] = ["jsonrpc": "2.0", "method": .string(method), "params": params]
    message["id"] = id
    server.receive(body(.object(message)))
  }

  /// Lets the server work until it has nothing left to do.
  func settle() {
    while server.hasWork {
      for body in server.work() {
        guard let message = try? JSONDecoder().decode(JSON.self, from: Data(body)) else {
          Issue.record("the server sent no JSON: \(String(decoding: body, as: UTF8.self))")
          continue
        }
        if message["method"] == "textDocument/publishDiagnostics" {
          diagnostics[message["params"]["uri"].string] = message["params"]["diagnostics"].array
        }
        if message["method"].isNull { answers[message["id"]] = message } else { received.append(message) }
      }
    }
  }

  func request(_ method: String, _ params: JSON) throws -> JSON {
    let id = JSON.int(nextID)
    nextID += 1
    enqueue(method, params, id: id)
    return try answer(id)
  }

  /// The answer to a request, taken.
  func answer(_ id: JSON) throws -> JSON {
    settle()
    let taken = answers.removeValue(forKey: id)
    let answer = try #require(taken)
    let error = answer["error"]
    if !error.isNull { throw Refusal(code: error["code"].int ?? 0, message: error["message"].string) }
    return answer["result"]
  }

  func notify(_ method: String, _ params: JSON) {
    enqueue(method, params)
    settle()
  }

  // MARK: Documents

  func open(_ text: String, uri: String = Client.main) {
    notify(
      "textDocument/didOpen",
      [
        "textDocument": [
          "uri": .string(uri), "languageId": "fedit", "version": 1, "text": .string(text),
        ]
      ])
  }

  func replace(_ text: String, uri: String = Client.main) {
    notify(
      "textDocument/didChange",
      [
        "textDocument": ["uri": .string(uri), "version": 2], "contentChanges": [["text": .string(text)]],
      ])
  }

  func document(_ uri: String = Client.main) -> JSON { ["textDocument": ["uri": .string(uri)]] }

  /// A request about a place of the main document.
  func ask(_ method: String, at position: JSON, uri: String = Client.main, _ more: [String: JSON] = [:])
    throws
    -> JSON
  {
    var params: [String: JSON] = ["textDocument": ["uri": .string(uri)], "position": position]
    params.merge(more, uniquingKeysWith: { $1 })
    return try request("textDocument/" + method, .object(params))
  }

  /// `severity line:character-line:character code` of each diagnostic.
  func problems(_ uri: String = Client.main) -> [String] {
    (diagnostics[uri] ?? []).map { "\($0["range"].rangeText) \($0["code"].string)" }
  }
}
