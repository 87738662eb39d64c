import FeditText

/// Stages: parts of a run, one after another, each with lengths, sizes, losses and rates of its own.
///
/// In a file, lines after `[stage NAME]` belong to that stage; what a stage doesn't say is as before the first one.
extension TrainingConfiguration {
  /// A part of a run: its name and what it sets differently from the run.
  public struct Stage: Sendable, Equatable {
    /// Letters, digits, `-` and `_`.
    public let name: String
    /// Values by option, as a file has them.
    var changes: [String: String] = [:]
  }

  /// A part of a run with all of its options.
  public struct ResolvedStage: Sendable {
    /// Empty where the run has no stages.
    public let name: String
    /// Without stages of its own.
    public let options: TrainingConfiguration
  }

  /// Options that hold for the whole run.
  private static let wholeRun: Set = [
    "architecture", "width", "seed", "init", "vgg16", "discriminator-width", "discriminator-layers",
    "report-steps", "validation-steps", "validation-pictures", "checkpoint-minutes", "checkpoint-steps",
    "licence", "description",
  ]

  /// Whether stages may set an option.
  public static func isStaged(_ name: String) -> Bool { !wholeRun.contains(name) }

  /// What is done one after another; a run without stages is one.
  public var schedule: [ResolvedStage] {
    guard !stages.isEmpty else { return [ResolvedStage(name: "", options: self)] }
    return stages.map { stage in
      var options = self
      options.stages = []
      // A stage's length replaces the run's, in whichever unit that was.
      if stage.changes["steps"] != nil || stage.changes["minutes"] != nil {
        (options.steps, options.minutes) = (0, 0)
      }
      for option in Self.options {
        // Values were checked when they were set.
        if let value = stage.changes[option.name] { _ = option.set(&options, value) }
      }
      return ResolvedStage(name: stage.name, options: options)
    }
  }

  /// Adds a stage at the end.
  ///
  /// - Throws: `UserError` if the name is no name.
  mutating func addStage(_ name: String, in place: String = "") throws {
    let isName = name.utf8.allSatisfy {
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
        || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
    }
    guard isName, 1...32 ~= name.count else {
      throw UserError(
        .usage, "\(place)'\(name)' is no name for a stage",
        hints: ["take up to 32 letters, digits, '-' or '_', as in '[stage rough]'"])
    }
    stages.append(Stage(name: name))
  }

  /// Sets an option of one stage.
  ///
  /// - Throws: `UserError` if there is no such stage or option, if the option holds for the whole run, or if
  ///   the text is no value for it.
  mutating func set(_ name: String, to value: String, inStage stage: String, in place: String = "") throws {
    guard let index = stages.firstIndex(where: { $0.name == stage }) else {
      throw UserError(
        .usage, "\(place)there is no stage '\(stage)'",
        hints: stages.isEmpty ? [] : ["stages: " + stages.map(\.name).joined(separator: ", ")])
    }
    var probe = self
    try probe.setValue(name, to: value, in: place)
    guard Self.isStaged(name) else {
      throw UserError(
        .usage, "\(place)'\(name)' holds for the whole run: a stage can't set it",
        hints: ["set it before the first stage"])
    }
    stages[index].changes[name] = Self.options.first { $0.name == name }?.get(probe)
  }

  /// Sets an option from the command line, for all stages: `NAME`, or for one of them, `STAGE.NAME`.
  ///
  /// - Throws: `UserError` as ``set(_:to:in:)``.
  public mutating func override(_ name: String, with value: String) throws {
    try set(name, to: value)
    for index in stages.indices {
      stages[index].changes[name] = nil
      if name == "steps" { stages[index].changes["minutes"] = nil }
      if name == "minutes" { stages[index].changes["steps"] = nil }
    }
  }

  /// Adds a stage as the command line gives it: `NAME:OPTION=VALUE,OPTION=VALUE`, or more options to one that is
  /// there.
  ///
  /// - Throws: `UserError` if that is not what the text is.
  public mutating func readStage(_ text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard parts.count == 2 else {
      throw UserError(
        .usage, "--stage takes NAME:OPTION=VALUE,OPTION=VALUE, not '\(text)'",
        hints: ["as in --stage rough:steps=2000,size=128,batch=8"])
    }
    if !stages.contains(where: { $0.name == name }) { try addStage(name) }
    for assignment in parts[1].split(separator: ",") {
      let sides = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2 else {
        throw UserError(
          .usage, "stage '\(name)': '\(assignment)' is not of the form OPTION=VALUE")
      }
      try set(
        String(sides[0]), to: String(sides[1]), inStage: name, in: "stage '\(name)': ")
    }
  }

  /// The stages' lines of the file.
  var stageText: String {
    stages.map { stage in
      "\n[stage \(stage.name)]\n"
        + Self.options.compactMap { option in
          stage.changes[option.name].map { "\(option.name) = \($0)\n" }
        }.joined()
    }.joined()
  }
}
