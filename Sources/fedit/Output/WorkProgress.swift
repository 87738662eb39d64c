import FeditText
import Foundation
import Synchronization

/// A bar on the terminal for work on many things: how many are done, how fast, how long it still takes.
/// Nothing where standard error is no terminal.
final class WorkProgress: Sendable {
  private struct State {
    var last: ContinuousClock.Instant?
    var isShown = false
  }
  private let state = Mutex(State())
  private let start = ContinuousClock.now
  private let isEnabled: Bool
  private let label: String

  init(_ label: String, isEnabled: Bool = true) {
    self.label = terminalSafe(label)
    self.isEnabled = isEnabled && isatty(STDERR_FILENO) == 1
  }

  /// Shows how many are done, at most ten times a second; those that were skipped took no work, and do not
  /// count for the rate.
  func update(_ done: Int, of all: Int, skipped: Int = 0, note: String? = nil) {
    guard isEnabled else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      if let last = state.last, now - last < .milliseconds(100), done < all { return }
      state.last = now
      state.isShown = true
      let seconds = max((now - start) / .seconds(1), 1e-3)
      let rate = Double(done - skipped) / seconds
      let left = Int(min(Double(all - done) / max(rate, 1e-9), 359_999))
      let filled = all > 0 ? done * 24 / all : 24
      let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: 24 - filled)
      let time = String(format: "%d:%02d left", left / 60, left % 60)
      var line = String(format: "\(label) %@ %d of %d, %.1f a second, %@", bar, done, all, rate, time)
      if let note { line += ", \(note)" }
      printToStandardError("\r\u{1B}[K" + line)
    }
  }

  /// Takes the bar away.
  func clear() {
    state.withLock { state in
      guard state.isShown else { return }
      state.isShown = false
      printToStandardError("\r\u{1B}[K")
    }
  }
}
