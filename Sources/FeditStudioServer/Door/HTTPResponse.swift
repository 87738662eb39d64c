/// An answer, with the fields that every answer has.
struct HTTPResponse: Hashable, Sendable {
  var status: Int
  var type = "text/plain; charset=utf-8"
  var body: [UInt8] = []
  var fields: [String] = []

  /// What keeps other pages away from this one, and this one from anything else.
  static let protection = [
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
      + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options: nosniff",
    "Referrer-Policy: no-referrer",
    "Cross-Origin-Resource-Policy: same-origin",
    "Cross-Origin-Opener-Policy: same-origin",
    "Cache-Control: no-store",
  ]

  private static let reasons = [
    101: "Switching Protocols", 200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 408: "Request Timeout", 413: "Content Too Large", 421: "Misdirected Request",
    426: "Upgrade Required", 431: "Request Header Fields Too Large", 503: "Service Unavailable",
    505: "HTTP Version Not Supported",
  ]

  /// A refusal, with a line that says why.
  static func refused(_ status: Int, _ reason: String) -> HTTPResponse {
    HTTPResponse(status: status, body: Array((reason + "\n").utf8))
  }

  /// The bytes to send; `HEAD` gets no body.
  func bytes(isHead: Bool = false) -> [UInt8] {
    var head = "HTTP/1.1 \(status) \(Self.reasons[status] ?? "Refused")\r\n"
    for field in Self.protection + fields { head += field + "\r\n" }
    if status != 101 {
      head += "Content-Type: \(type)\r\nContent-Length: \(body.count)\r\nConnection: close\r\n"
    }
    return Array((head + "\r\n").utf8) + (isHead ? [] : body)
  }
}
