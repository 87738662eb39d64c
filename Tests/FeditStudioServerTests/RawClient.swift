import FeditStudioServer
import Foundation
import Synchronization

/// A client that sends whatever bytes it likes.
final class RawClient {
  private let descriptor: Int32

  /// Connects to a port on 127.0.0.1.
  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw POSIXError(.ECONNREFUSED) }
    // No test waits for ever.
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// Sends bytes; false where the server takes no more.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Foundation.send(
          descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// Reads at most so many bytes; empty at the end.
  func read(_ count: Int = 1 << 16) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    let got = recv(descriptor, &buffer, count, 0)
    return Array(buffer[..<max(0, got)])
  }

  /// Reads until the server closes.
  func readAll() -> [UInt8] {
    var all: [UInt8] = []
    while true {
      let part = read()
      if part.isEmpty { return all }
      all += part
    }
  }

  /// Reads so many bytes; fewer where the server closes.
  func read(exactly count: Int) -> [UInt8] {
    var all: [UInt8] = []
    while all.count < count {
      let part = read(count - all.count)
      if part.isEmpty { break }
      all += part
    }
    return all
  }

  /// The answer's status; nil where there is none.
  func status() -> Int? { Self.status(readAll()) }

  static func status(_ answer: [UInt8]) -> Int? {
    let line = String(decoding: answer.prefix(64), as: UTF8.self)
    guard line.hasPrefix("HTTP/1.1 ") else { return nil }
    return Int(line.dropFirst(9).prefix(3))
  }

  // MARK: WebSocket

  /// The head of a request for the WebSocket.
  static func upgrade(
    port: Int, host: String? = nil, origin: String?, path: String = "/socket", version: String = "13"
  ) -> String {
    var head = "GET \(path) HTTP/1.1\r\nHost: \(host ?? "127.0.0.1:\(port)")\r\n"
    if let origin { head += "Origin: \(origin)\r\n" }
    head += "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    return head + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: \(version)\r\n\r\n"
  }

  /// Opens the WebSocket as the page does, without a token; the answer's head.
  func openSocket(port: Int) -> String {
    send(Self.upgrade(port: port, origin: "http://127.0.0.1:\(port)"))
    var head: [UInt8] = []
    while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
      let next = read(1)
      if next.isEmpty { break }
      head += next
    }
    return String(decoding: head, as: UTF8.self)
  }

  /// A frame as a browser sends it.
  static func frame(_ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, length: UInt64? = nil)
    -> [UInt8]
  {
    let count = length ?? UInt64(payload.count)
    var bytes: [UInt8] = [(isLast ? 0x80 : 0) | opcode]
    switch count {
    case ...125: bytes.append(0x80 | UInt8(count))
    case ...0xFFFF: bytes += [0x80 | 126, UInt8(count >> 8), UInt8(count & 0xFF)]
    default:
      bytes.append(0x80 | 127)
      for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(count >> UInt64(shift) & 0xFF)) }
    }
    let mask: [UInt8] = [1, 2, 3, 4]
    return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
  }

  /// The code of the close frame that comes next; nil where something else does.
  func closeCode() -> Int? {
    let head = read(exactly: 4)
    guard head.count == 4, head[0] == 0x88, head[1] == 2 else { return nil }
    return Int(head[2]) << 8 | Int(head[3])
  }
}

/// Takes note of what windows say, and answers texts.
final class Recorder: ServerWindowHandler {
  struct State {
    var opened = 0
    var closed = 0
    var texts: [String] = []
    var binaries: [Int] = []
  }

  let state = Mutex(State())

  func opened(_ window: ServerWindow) { state.withLock { $0.opened += 1 } }

  func received(_ text: String, from window: ServerWindow) {
    state.withLock { $0.texts.append(text) }
    window.send("heard " + text)
  }

  func received(_ bytes: [UInt8], from window: ServerWindow) {
    state.withLock { $0.binaries.append(bytes.count) }
  }

  func closed(_ window: ServerWindow) { state.withLock { $0.closed += 1 } }
}

/// A server that runs as long as it is held.
final class RunningServer {
  let server: StudioServer
  let recorder = Recorder()
  let token = AccessToken()
  private let run: Run

  /// Starts a server with limits that a test changes.
  init(_ change: (inout ServerLimits) -> Void = { _ in }) throws {
    var limits = ServerLimits()
    change(&limits)
    server = try StudioServer(limits: limits, token: token, handler: recorder)
    let run = Run()
    self.run = run
    Thread.detachNewThread { [server] in
      let end = server.run()
      run.end.withLock { $0 = end }
      run.done.signal()
    }
  }

  private final class Run: Sendable {
    let done = DispatchSemaphore(value: 0)
    let end = Mutex<StudioServer.End?>(nil)
  }

  deinit { server.stop() }

  var port: Int { server.port }

  /// Waits for the server's end, and says why it ended.
  func end() -> StudioServer.End? {
    _ = run.done.wait(timeout: .now() + 30)
    return run.end.withLock { $0 }
  }

  func connect() throws -> RawClient { try RawClient(port: port) }

  /// Sends one request and says the answer's status.
  func status(_ request: String) throws -> Int? {
    let client = try connect()
    client.send(request)
    return client.status()
  }

  /// A WebSocket that has not said its token.
  func socket() throws -> RawClient {
    let client = try connect()
    _ = client.openSocket(port: port)
    return client
  }

  /// A window with the token.
  func window() throws -> RawClient {
    let client = try socket()
    client.send(RawClient.frame(1, Array(token.text.utf8)))
    return client
  }

  /// Whether a user of the page is served: page and WebSocket.
  func servesItsUser() throws -> Bool {
    guard try status("GET / HTTP/1.1\r\nHost: localhost:\(port)\r\n\r\n") == 200 else { return false }
    let client = try window()
    client.send(RawClient.frame(1, Array("hello".utf8)))
    return String(decoding: client.read(exactly: 13), as: UTF8.self).hasSuffix("heard hello")
  }
}
