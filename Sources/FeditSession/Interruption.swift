import FeditGenerator
import Foundation
import Synchronization

/// Ctrl-C (SIGINT) and SIGTERM as a wish to stop that work in progress is asked to heed.
///
/// A second signal ends the process at once.
public enum Interruption {
  private static let wished = Atomic<Bool>(false)

  /// From now on a signal is noted instead of ending the process.
  public static func install() {
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        // Only what is safe in a signal handler: an atomic store and setting a handler.
        Interruption.wished.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
      sigemptyset(&action.sa_mask)
      action.sa_flags = SA_RESTART
      sigaction(number, &action, nil)
    }
    // A program that was started by a thread which blocks signals begins with them blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Whether a signal has come.
  public static var isRequested: Bool { wished.load(ordering: .relaxed) }

  /// A control that a signal stops.
  public static var control: RunControl { RunControl(isCancelled: { isRequested }) }

  /// Forgets a signal and waits for the next, for programs that go on after one (the REPL).
  public static func reset() {
    wished.store(false, ordering: .relaxed)
    install()
  }
}
