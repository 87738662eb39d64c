import Foundation

/// A connected socket, read and written with deadlines; closed when nobody holds it any more.
final class ClientSocket: Sendable {
  /// Why nothing more comes or goes.
  enum Failure: Error {
    case closed
    case timedOut
  }

  private let descriptor: Int32
  private let writeSeconds: Double

  /// - Parameters:
  ///   - descriptor: Connected; it belongs to the socket from now on.
  ///   - writeSeconds: How long a client may take nothing.
  init(_ descriptor: Int32, writeSeconds: Double) {
    self.descriptor = descriptor
    self.writeSeconds = writeSeconds
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { Foundation.close(descriptor) }

  /// Ends reading and writing, also for threads that wait for it.
  func shutDown() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Says that nothing more is written; what was written still arrives.
  func endWriting() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

  /// Waits for the client to go, so that a refusal is not lost in a reset because of bytes that nobody read. Who goes on
  /// sending is listened to for a moment and then cut off.
  ///
  /// - Parameter seconds: How long at most.
  func linger(seconds: Double) {
    let end = ContinuousClock.now + .seconds(seconds)
    var rest = [UInt8](repeating: 0, count: 1 << 14)
    var count = 0
    while count < 1 << 18, let more = try? read(into: &rest, until: end) { count += more }
  }

  /// Reads what is there, waiting for something.
  ///
  /// - Parameters:
  ///   - buffer: Filled from its start, not all of it.
  ///   - deadline: nil waits for ever.
  /// - Returns: How many bytes; at least one.
  /// - Throws: `Failure`.
  func read(into buffer: inout [UInt8], until deadline: ContinuousClock.Instant?) throws(Failure) -> Int {
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count > 0 { return count }
      if count == 0 { throw .closed }
      switch errno {
      case EINTR: continue
      case EAGAIN: try wait(for: Int16(POLLIN), until: deadline)
      default: throw .closed
      }
    }
  }

  /// Writes all bytes.
  ///
  /// - Throws: `Failure`, also where the client takes nothing for too long.
  func write(_ bytes: [UInt8]) throws(Failure) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        send(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        done += count
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: try wait(for: Int16(POLLOUT), until: .now + .seconds(writeSeconds))
      default: throw .closed
      }
    }
  }

  private func wait(for events: Int16, until deadline: ContinuousClock.Instant?) throws(Failure) {
    while true {
      var timeout: Int32 = -1
      if let deadline {
        let left = (deadline - .now) / .milliseconds(1)
        guard left > 0 else { throw .timedOut }
        timeout = Int32(min(left.rounded(.up), 60_000))
      }
      var waiting = pollfd(fd: descriptor, events: events, revents: 0)
      let ready = poll(&waiting, 1, timeout)
      if ready > 0 { return }
      if ready < 0, errno != EINTR { throw .closed }
    }
  }
}
