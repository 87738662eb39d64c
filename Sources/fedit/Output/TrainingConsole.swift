import FeditTraining
import Foundation

/// What a person sees of a run: a progress line on a terminal, lines of figures everywhere.
final class TrainingConsole {
  private let isQuiet: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var isLineOpen = false
  private var last = ContinuousClock.now

  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  func tell(_ event: TrainingRun.Event) {
    guard !isQuiet else { return }
    switch event {
    case .tookOver(let takeover):
      say("starting from \(takeover.family.rawValue) weights")
      for (what, layers) in [
        ("taken over", takeover.taken), ("projected", takeover.projected), ("new", takeover.new),
      ] where !layers.isEmpty {
        say("  \(what): " + layers.joined(separator: ", "))
      }
    case .started(let bytes, let step, let pictures, let heldOut):
      say(
        "\(pictures) pictures to train on, \(heldOut) held out; \(bytes >> 20) MB of memory"
          + (step > 0 ? "; going on from step \(step)" : ""))
    case .stage(let name, let number, let count, let bytes):
      say("stage \(number) of \(count), \(name): \(bytes >> 20) MB of memory")
    case .progress(let share, let step, let rate, let left): progress(share, step, rate, left)
    case .report(let step, let losses): report(step, losses)
    case .validation(let step, let psnr, let features, let sharpness):
      let distance = features.map { String(format: ", features %.4f", $0) } ?? ""
      say(
        "step \(step): validation PSNR \(String(format: "%.3f", psnr)) dB\(distance), sharpness "
          + String(format: "%.3f", sharpness))
    case .checkpoint(let step):
      say("step \(step): checkpoint written")
    }
  }

  func tell(_ event: FaceTrainingRun.Event) {
    guard !isQuiet else { return }
    switch event {
    case .started(let bytes, let step, let pictures, let heldOut, let backgrounds):
      say(
        "\(pictures) pictures to train on, \(heldOut) held out, \(backgrounds) backgrounds; \(bytes >> 20) MB of memory"
          + (step > 0 ? "; going on from step \(step)" : ""))
    case .progress(let share, let step, let rate, let left): progress(share, step, rate, left)
    case .report(let step, let losses): report(step, losses)
    case .validation(let step, let measures):
      say(
        "step \(step): missed \(measures.missed) of \(measures.faces), claimed \(measures.claimed) of "
          + String(
            format: "%d, eyes %.4f (95 %%: %.4f), outlines %.4f", measures.empty, measures.medianError,
            measures.highError, measures.outlineError))
    case .checkpoint(let step): say("step \(step): checkpoint written")
    }
  }

  private func progress(_ share: Double, _ step: Int, _ rate: Double, _ left: Double) {
    guard isTerminal, ContinuousClock.now - last > .milliseconds(200) else { return }
    last = .now
    let done = Int(share * 24)
    let bar = String(repeating: "█", count: done) + String(repeating: "░", count: 24 - done)
    let line = String(
      format: "\r\u{1B}[K%@ %3.0f %%  step %d  %.1f pictures/s  %@ left", bar, share * 100, step, rate,
      Self.time(left))
    printToStandardError(line)
    isLineOpen = true
  }

  private func report(_ step: Int, _ losses: [(name: String, value: Double)]) {
    let parts = losses.filter { $0.value != 0 }.map { "\($0.name) \(String(format: "%.4g", $0.value))" }
    say("step \(step): " + parts.joined(separator: ", "))
  }

  func end() {
    if isLineOpen { printToStandardError("\r\u{1B}[K") }
    isLineOpen = false
  }

  private func say(_ line: String) {
    end()
    printLine(line)
  }

  private static func time(_ seconds: Double) -> String {
    let total = Int(seconds)
    if total >= 3600 { return String(format: "%d h %02d min", total / 3600, total / 60 % 60) }
    if total >= 60 { return "\(total / 60) min" }
    return "\(total) s"
  }
}
