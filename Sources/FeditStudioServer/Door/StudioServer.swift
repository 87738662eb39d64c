import FeditFiles
import FeditSession
import FeditStudioPage
import FeditText
import Foundation
import Synchronization

/// A server on 127.0.0.1 for the page inside the binary and its WebSocket. It serves nothing else.
public final class StudioServer: Sendable {
  /// Why the server has ended.
  public enum End: Hashable, Sendable {
    case stopped
    /// Too many wrong tokens: somebody tries them.
    case wrongTokens
  }

  /// A connection; those without the token can be let go of for others.
  private struct Connection {
    var socket: ClientSocket
    var hasToken = false
  }

  private struct State {
    var connections: [Int: Connection] = [:]
    var next = 0
    var wrongTokens = 0
    var end: End?
  }

  private let listener: Int32
  private let door: Door
  private let token: AccessToken
  private let limits: ServerLimits
  private let handler: any ServerWindowHandler
  private let state = Mutex(State())

  /// The port it listens on.
  public var port: Int { door.port }
  /// What a browser opens; the token stands in the fragment, which browsers send to nobody.
  public var address: String { "http://127.0.0.1:\(door.port)/#\(token.text)" }

  /// Opens the port.
  ///
  /// - Parameters:
  ///   - port: 0 takes a free one.
  ///   - limits: What clients may do.
  ///   - token: What windows have to know.
  ///   - handler: Told what windows say.
  /// - Throws: `UserError` where the port can't be had.
  public init(
    port: Int = 0, limits: ServerLimits = ServerLimits(), token: AccessToken = AccessToken(),
    handler: any ServerWindowHandler
  ) throws(UserError) {
    func failure(_ reason: String) -> UserError {
      UserError(
        .unwritable, "port \(port) on 127.0.0.1 cannot be opened: \(reason)",
        hints: port == 0 ? [] : ["leave out --port, and a free one is taken"])
    }
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard listener >= 0 else { throw failure(String(cString: strerror(errno)).lowercased()) }
    var one: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let problem: Int32 = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
        guard bind(listener, general, length) == 0, listen(listener, 64) == 0,
          getsockname(listener, general, &length) == 0
        else { return errno }
        return 0
      }
    }
    guard problem == 0 else {
      close(listener)
      throw failure(String(cString: strerror(problem)).lowercased())
    }
    self.listener = listener
    door = Door(pages: StudioPages.all, port: Int(in_port_t(bigEndian: address.sin_port)))
    self.token = token
    self.limits = limits
    self.handler = handler
  }

  deinit { close(listener) }

  // MARK: Life

  /// Answers until it is stopped.
  ///
  /// - Parameter isStopped: Asked several times a second.
  /// - Returns: Why it ended.
  public func run(until isStopped: () -> Bool = { false }) -> End {
    defer { closeAll() }
    while true {
      if let end = state.withLock({ $0.end }) { return end }
      if isStopped() { return .stopped }
      var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 100) > 0 else { continue }
      let descriptor = accept(listener, nil, nil)
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      guard descriptor >= 0 else {
        // Out of descriptors: the waiting connection stays, and is not asked for again at once.
        usleep(20_000)
        continue
      }
      take(ClientSocket(descriptor, writeSeconds: limits.writeSeconds))
    }
  }

  /// Ends `run`.
  public func stop() { end(.stopped) }

  private func end(_ reason: End) { state.withLock { $0.end = $0.end ?? reason } }

  private func closeAll() {
    for connection in state.withLock({ Array($0.connections.values) }) { connection.socket.shutDown() }
  }

  private func take(_ socket: ClientSocket) {
    let number: Int? = state.withLock { state in
      if state.connections.count >= limits.connections {
        // Who holds a connection without the token makes room for the next.
        guard let oldest = state.connections.filter({ !$0.value.hasToken }).keys.min() else { return nil }
        state.connections.removeValue(forKey: oldest)?.socket.shutDown()
      }
      state.next += 1
      state.connections[state.next] = Connection(socket: socket)
      return state.next
    }
    guard let number else { return }
    let isStarted = NativeThread.start(stackSize: 1 << 19) {
      self.serve(socket, number)
      self.state.withLock { _ = $0.connections.removeValue(forKey: number) }
    }
    if !isStarted { state.withLock { _ = $0.connections.removeValue(forKey: number) } }
  }

  // MARK: Requests

  /// One request a connection; a WebSocket is the last thing on one.
  private func serve(_ socket: ClientSocket, _ number: Int) {
    let (response, rest) = readHead(socket)
    switch response {
    case .success(let request):
      switch door.answer(request) {
      case .response(let response):
        finish(socket, response.bytes(isHead: request.method == "HEAD"))
      case .upgrade(let key):
        var response = HTTPResponse(status: 101)
        response.fields = [
          "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: \(WebSocketKey.accept(key))",
        ]
        guard (try? socket.write(response.bytes())) != nil else { return }
        serveSocket(socket, number, rest)
      }
    case .failure(let refusal):
      finish(socket, refusal.response.bytes())
    }
  }

  /// Sends the last bytes of a connection.
  private func finish(_ socket: ClientSocket, _ bytes: [UInt8]) {
    try? socket.write(bytes)
    socket.endWriting()
    socket.linger(seconds: 0.5)
  }

  private struct Refusal: Error { var response: HTTPResponse }

  /// Reads up to the empty line that ends a request's head.
  private func readHead(_ socket: ClientSocket) -> (Result<HTTPRequest, Refusal>, rest: ArraySlice<UInt8>) {
    func refused(_ status: Int, _ reason: String) -> (Result<HTTPRequest, Refusal>, ArraySlice<UInt8>) {
      (.failure(Refusal(response: .refused(status, reason))), [])
    }
    let deadline = ContinuousClock.now + .seconds(limits.headSeconds)
    var head: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 4096)
    while true {
      do throws(ClientSocket.Failure) {
        let count = try socket.read(into: &block, until: deadline)
        let before = max(0, head.count - 3)
        head += block[..<count]
        if let end = Self.emptyLine(head, from: before) {
          guard end <= limits.headBytes else { return refused(431, "the request's head is too long") }
          do throws(HTTPRequest.Malformed) {
            return (.success(try HTTPRequest(head: head[..<end])), head[(end + 4)...])
          } catch {
            return error == .version
              ? refused(505, "HTTP/1.1 is spoken here") : refused(400, "this is no proper request")
          }
        }
        guard head.count <= limits.headBytes else { return refused(431, "the request's head is too long") }
      } catch {
        return refused(408, "the request did not come in time")
      }
    }
  }

  private static func emptyLine(_ bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count >= 4 else { return nil }
    return (start...(bytes.count - 4)).first {
      bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
    }
  }

  // MARK: WebSocket

  private func serveSocket(_ socket: ClientSocket, _ number: Int, _ rest: ArraySlice<UInt8>) {
    var decoder = WebSocketDecoder(limit: limits.tokenBytes)
    decoder.append(rest)
    func end(_ code: UInt16) {
      finish(socket, WebSocketEncoder.close(code))
    }
    do {
      let deadline = ContinuousClock.now + .seconds(limits.tokenSeconds)
      guard case .text(let text) = try next(&decoder, socket, until: deadline), token.matches(text) else {
        let isTooMany = state.withLock { state in
          state.wrongTokens += 1
          return state.wrongTokens >= limits.wrongTokens
        }
        end(1008)
        if isTooMany { self.end(.wrongTokens) }
        return
      }
    } catch let violation as WebSocketDecoder.Violation {
      return end(violation.code)
    } catch {
      // No token in time; none was tried.
      return end(1008)
    }
    state.withLock { $0.connections[number]?.hasToken = true }
    decoder.limit = limits.messageBytes
    let window = ServerWindow(number: number, socket: socket, limit: limits.queuedBytes)
    guard NativeThread.start(stackSize: 1 << 19, { window.writeAll() }) else { return end(1011) }
    handler.opened(window)
    defer {
      window.cutOff()
      handler.closed(window)
    }
    do {
      while true {
        switch try next(&decoder, socket, until: nil) {
        case .text(let text): handler.received(text, from: window)
        case .binary(let bytes): handler.received(bytes, from: window)
        case .ping(let payload): window.pong(payload)
        case .close: return
        }
      }
    } catch let violation as WebSocketDecoder.Violation {
      window.close(code: violation.code)
      socket.linger(seconds: 0.5)
    } catch {
      return
    }
  }

  /// The next event of a WebSocket.
  ///
  /// - Throws: `WebSocketDecoder.Violation`, `ClientSocket.Failure`.
  private func next(
    _ decoder: inout WebSocketDecoder, _ socket: ClientSocket, until deadline: ContinuousClock.Instant?
  ) throws -> WebSocketDecoder.Event {
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      if let event = try decoder.next() { return event }
      let count = try socket.read(into: &block, until: deadline)
      decoder.append(block[..<count])
    }
  }
}
