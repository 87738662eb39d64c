import Foundation

/// The identity of a request: JSON-RPC 2.0 allows numbers and strings.
public enum RequestID: Hashable, Sendable, Codable {
  case number(Int)
  case string(String)

  /// Reads a number, or else a string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int.self) {
      self = .number(number)
    } else {
      self = .string(try container.decode(String.self))
    }
  }

  /// Writes the number or the string as it came.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .string(let string): try container.encode(string)
    }
  }
}

/// Why a request has no result.
struct ResponseError: Error, Hashable, Codable {
  /// JSON-RPC 2.0, section 5.1, and the Language Server Protocol's own.
  enum Code: Int, Codable {
    case parseError = -32700
    case invalidRequest = -32600
    case methodNotFound = -32601
    case invalidParams = -32602
    case internalError = -32603
    case serverNotInitialized = -32002
    case requestFailed = -32803
    case requestCancelled = -32800
  }

  var code: Code
  var message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

/// What every incoming message has, before its parameters are read.
struct Envelope: Decodable {
  var id: RequestID?
  var method: String?
  /// Whether an `id` is there at all, of whatever type.
  var hasID: Bool

  private enum Keys: String, CodingKey { case id, method, jsonrpc }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    hasID = container.contains(.id)
    id = try? container.decode(RequestID.self, forKey: .id)
    method = try? container.decode(String.self, forKey: .method)
    guard (try? container.decode(String.self, forKey: .jsonrpc)) == "2.0" else {
      throw ResponseError(.invalidRequest, "this is no JSON-RPC 2.0 message")
    }
  }
}

/// The parameters of a message whose method is known.
struct Incoming<Parameters: Decodable>: Decodable {
  var params: Parameters
}

/// A request's answer, or its refusal.
struct Response<Content: Encodable>: Encodable {
  private enum Keys: String, CodingKey { case jsonrpc, id, result, error }

  private let id: RequestID?
  private let content: Content
  private let key: Keys

  init(id: RequestID?, result: Content) { (self.id, content, key) = (id, result, .result) }

  init(id: RequestID?, error: Content) where Content == ResponseError {
    (self.id, content, key) = (id, error, .error)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode("2.0", forKey: .jsonrpc)
    try container.encode(id, forKey: .id)
    try container.encode(content, forKey: key)
  }
}

/// What the server sends of its own accord.
struct Outgoing<Parameters: Encodable>: Encodable {
  var jsonrpc = "2.0"
  /// Set for requests to the client.
  var id: RequestID?
  var method: String
  var params: Parameters
}
