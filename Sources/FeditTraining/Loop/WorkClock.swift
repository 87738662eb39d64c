/// How long the steps of a run take, and when its next checkpoint is due.
struct WorkClock {
  /// Seconds of a usual step; nil before the first.
  private(set) var pace: Double?
  private var begin = ContinuousClock.now
  private var lastCheckpoint: Double

  /// - Parameter seconds: The work done when the last checkpoint was written.
  init(checkpointAt seconds: Double) { lastCheckpoint = seconds }

  mutating func beginStep() { begin = .now }

  /// Ends a step.
  ///
  /// - Parameter isUsual: Whether the step did no more than train, so that it tells how fast the run is.
  /// - Returns: The seconds of work since it began.
  mutating func endStep(isUsual: Bool = true) -> Double {
    let duration = (ContinuousClock.now - begin).components
    let elapsed = Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
    // A process that was stopped for a while has not worked meanwhile.
    let usual = pace ?? elapsed
    let counted = min(elapsed, 10 * usual + 5)
    pace = isUsual ? 0.95 * usual + 0.05 * counted : usual
    return counted
  }

  /// Whether a checkpoint is due after `step` steps and `seconds` seconds of work.
  func isCheckpointDue(step: Int, seconds: Double, _ options: TrainingConfiguration) -> Bool {
    options.checkpointSteps > 0
      ? step % options.checkpointSteps == 0 : seconds - lastCheckpoint >= options.checkpointMinutes * 60
  }

  mutating func checkpointWritten(at seconds: Double) { lastCheckpoint = seconds }
}
