import FeditText
import Foundation
import Synchronization

/// Standard output. What can't be written is noticed, and the command ends with 73 then, whatever else it does.
enum StandardOutput {
  /// `errno` of the first write that failed; 0 where none has.
  private static let fault = Atomic<Int32>(0)

  /// Why something could not be written; nil where everything was.
  static var problem: String? {
    let code = fault.load(ordering: .relaxed)
    return code == 0 ? nil : String(cString: strerror(code)).lowercased()
  }

  /// Writes text as it is, at once; nothing more after a write has failed.
  static func write(_ text: String) { write(Array(text.utf8)) }

  /// Writes bytes, at once; nothing more after a write has failed.
  static func write(_ bytes: [UInt8]) {
    guard fault.load(ordering: .relaxed) == 0 else { return }
    if let code = writeAll(bytes, to: STDOUT_FILENO) { fault.store(code, ordering: .relaxed) }
  }
}

/// Writes text to standard output as it is, at once.
func printToStandardOutput(_ text: String) { StandardOutput.write(text) }

/// Writes one line to standard output. It may hold names from outside: they can't steer a terminal.
func printLine(_ text: String = "") { StandardOutput.write(terminalSafe(text) + "\n") }

/// Writes a value to standard output as JSON.
func printJSON(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting = []) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
  let text = String(decoding: try encoder.encode(value), as: UTF8.self)
  StandardOutput.write(escapingInvisibleCharacters(inJSON: text) + "\n")
}

/// Writes text to standard error as it is. That nobody can read it there is no reason to stop.
func printToStandardError(_ text: String) { _ = writeAll(Array(text.utf8), to: STDERR_FILENO) }

/// Writes `note: …` or `warning: …` to standard error, safe for a terminal.
func printNote(_ text: String, _ kind: String = "note") {
  printToStandardError("\(kind): \(terminalSafe(text))\n")
}

/// Writes bytes whole; returns `errno` where that fails.
private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
  bytes.withUnsafeBytes { bytes in
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        // A pipe that another program has set to non-blocking.
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return nil
  }
}
