import FeditText
import Foundation
import Synchronization

/// A line on the terminal that tells how far a long piece of work is; nothing where standard error
/// is no terminal, and nothing before a second has passed.
final class ProgressLine: Sendable {
  private struct State {
    var label = ""
    var start = ContinuousClock.now
    var last: ContinuousClock.Instant?
    var isShown = false
  }

  private let state = Mutex(State())
  private let isEnabled: Bool

  init(isEnabled: Bool) {
    self.isEnabled = isEnabled && isatty(STDERR_FILENO) == 1
  }

  /// Names what is being done.
  func begin(_ label: String) {
    state.withLock { $0.label = terminalSafe(label) }
  }

  /// Tells the share done, 0…1.
  func update(_ share: Double) {
    guard isEnabled else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      guard now - state.start > .seconds(1) else { return }
      if let last = state.last, now - last < .milliseconds(100) { return }
      state.last = now
      state.isShown = true
      printToStandardError("\r\u{1B}[K\(state.label): \(Int((share * 100).rounded(.down))) %")
    }
  }

  /// Takes the line away, so that another can be printed.
  func clear() {
    state.withLock { state in
      guard state.isShown else { return }
      state.isShown = false
      printToStandardError("\r\u{1B}[K")
    }
  }
}
