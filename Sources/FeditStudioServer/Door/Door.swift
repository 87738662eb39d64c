/// Who may come in: the rules by which requests are answered or refused, without any I/O.
///
/// A page of another origin can send requests to 127.0.0.1, too, and a host name of an attacker can be made to lead here
/// (DNS rebinding). `Host` stops the second, `Origin` the first, and the token everybody else on the machine.
struct Door: Sendable {
  /// A file that is served.
  struct Page: Sendable {
    var type: String
    var bytes: [UInt8]
  }

  /// What becomes of a request.
  enum Answer: Sendable {
    case response(HTTPResponse)
    /// To the WebSocket, with the key that the handshake answers.
    case upgrade(key: String)
  }

  /// All that can be asked for, by its path. No other path leads anywhere, least of all to a file.
  var pages: [String: Page]
  /// The port it listens on.
  var port: Int

  static let socketPath = "/socket"

  private var hosts: [String] { ["127.0.0.1:\(port)", "localhost:\(port)"] }

  /// Answers a request.
  func answer(_ request: HTTPRequest) -> Answer {
    guard let host = request["host"], hosts.contains(host.lowercased()) else {
      return .response(.refused(421, "this server answers to 127.0.0.1 and localhost alone"))
    }
    guard !request.has("transfer-encoding"), request["content-length"] ?? "0" == "0" else {
      return .response(.refused(413, "no request here has a body"))
    }
    guard request.method == "GET" || request.method == "HEAD" else {
      var response = HTTPResponse.refused(405, "only GET is answered")
      response.fields = ["Allow: GET, HEAD"]
      return .response(response)
    }
    if request.target == Self.socketPath { return upgrade(request) }
    // Whoever says where a request comes from has to come from here.
    if request.has("origin"), !isOwn(request["origin"]) {
      return .response(.refused(403, "this page may not ask here"))
    }
    guard let page = pages[request.target] else {
      return .response(.refused(404, "there is nothing here"))
    }
    return .response(HTTPResponse(status: 200, type: page.type, body: page.bytes))
  }

  private func isOwn(_ origin: String?) -> Bool { hosts.contains { origin == "http://" + $0 } }

  private func upgrade(_ request: HTTPRequest) -> Answer {
    guard isOwn(request["origin"]) else {
      return .response(.refused(403, "this page may not connect here"))
    }
    guard request.method == "GET", request.lists("connection", "upgrade"),
      request.lists("upgrade", "websocket"),
      request["sec-websocket-version"] == "13", let key = request["sec-websocket-key"],
      WebSocketKey.isValid(key)
    else {
      var response = HTTPResponse.refused(426, "this is a WebSocket, version 13")
      response.fields = ["Upgrade: websocket", "Sec-WebSocket-Version: 13"]
      return .response(response)
    }
    return .upgrade(key: key)
  }
}
