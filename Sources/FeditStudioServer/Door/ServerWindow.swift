import Foundation
import Synchronization

/// A page that is open somewhere and has shown the token.
///
/// What is sent waits in a queue, so that a window that does not read keeps nobody waiting.
public final class ServerWindow: Sendable {
  /// Something to send.
  private enum Item {
    case frame(opcode: UInt8, [UInt8])
    case end(code: UInt16)
  }

  private struct State {
    var items: [Item] = []
    var bytes = 0
    var isClosed = false
  }

  /// Different for each window of a server, in the order in which they came.
  public let number: Int
  private let socket: ClientSocket
  private let limit: Int
  private let state = Mutex(State())
  private let arrived = DispatchSemaphore(value: 0)

  init(number: Int, socket: ClientSocket, limit: Int) {
    self.number = number
    self.socket = socket
    self.limit = limit
  }

  /// Sends a text.
  public func send(_ text: String) { push(.frame(opcode: 0x1, Array(text.utf8))) }

  /// Sends bytes.
  public func send(_ bytes: [UInt8]) { push(.frame(opcode: 0x2, bytes)) }

  func pong(_ payload: [UInt8]) { push(.frame(opcode: 0xA, payload)) }

  /// Says goodbye behind what was sent before.
  func close(code: UInt16 = 1000) { push(.end(code: code)) }

  private func push(_ item: Item) {
    let isTooMuch = state.withLock { state in
      guard !state.isClosed else { return false }
      if case .frame(_, let payload) = item { state.bytes += payload.count }
      state.items.append(item)
      return state.bytes > limit
    }
    // It does not read: it is let go of, and asks again when it is back.
    if isTooMuch { cutOff() } else { arrived.signal() }
  }

  /// Ends the connection at once.
  func cutOff() {
    state.withLock { state in
      state.isClosed = true
      state.items = []
    }
    socket.shutDown()
    arrived.signal()
  }

  /// Writes what is sent until the window is closed; for a thread of its own.
  func writeAll() {
    while true {
      arrived.wait()
      while let item = take() {
        do {
          switch item {
          case .frame(let opcode, let payload):
            try socket.write(WebSocketEncoder.head(opcode: opcode, count: payload.count))
            try socket.write(payload)
          case .end(let code):
            try socket.write(WebSocketEncoder.close(code))
            // Whoever reads from it waits until it has gone.
            socket.endWriting()
            state.withLock { $0.isClosed = true }
          }
        } catch {
          cutOff()
        }
      }
      if state.withLock({ $0.isClosed }) { return }
    }
  }

  private func take() -> Item? {
    state.withLock { state in
      guard !state.items.isEmpty else { return nil }
      let item = state.items.removeFirst()
      if case .frame(_, let payload) = item { state.bytes -= payload.count }
      return item
    }
  }
}

/// What windows say, and that they come and go; called on the windows' own threads.
public protocol ServerWindowHandler: Sendable {
  /// A window has shown the token.
  func opened(_ window: ServerWindow)
  /// A window has sent a text.
  func received(_ text: String, from window: ServerWindow)
  /// A window has sent bytes.
  func received(_ bytes: [UInt8], from window: ServerWindow)
  /// A window is gone; nothing sent to it arrives.
  func closed(_ window: ServerWindow)
}
