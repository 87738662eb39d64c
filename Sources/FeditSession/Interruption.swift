import FeditGenerator
import Foundation
import Synchronization

/// Ctrl-C (SIGINT), SIGTERM and a terminal that is closed (SIGHUP) as a wish to stop that work in progress is asked to heed.
///
/// A second signal ends the process at once.
public enum Interruption {
  private static let numbers = [SIGINT, SIGTERM, SIGHUP]
  private static let wished = Atomic<Bool>(false)

  /// From now on a signal is noted instead of ending the process.
  public static func install() {
    for number in numbers {
      var action = sigaction()
      // What `nohup` started goes on when its terminal is closed.
      if number == SIGHUP, sigaction(number, nil, &action) == 0, isIgnored(action) { continue }
      action = sigaction()
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
    for number in numbers { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
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
