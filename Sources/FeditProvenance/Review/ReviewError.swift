import FeditText

/// Why two scripts can't be compared.
public struct ReviewError: UserFacingError, Hashable, Sendable {
  /// What the command ends with.
  public var exitStatus: ExitStatus
  /// What is wrong, one sentence.
  public var description: String
  /// What would mend it.
  public var hints: [String]

  init(_ status: ExitStatus, _ description: String, hints: [String] = []) {
    exitStatus = status
    self.description = description
    self.hints = hints
  }
}
