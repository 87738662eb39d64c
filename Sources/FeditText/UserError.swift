/// An error that users see, where a module has nothing to add to its words.
public struct UserError: UserFacingError, Hashable, Sendable {
  /// What a command ends with.
  public var exitStatus: ExitStatus
  /// What is wrong, one sentence.
  public var message: String
  /// What would mend it.
  public var hints: [String]

  /// Describes what is wrong.
  public init(_ status: ExitStatus, _ message: String, hints: [String] = []) {
    exitStatus = status
    self.message = message
    self.hints = hints
  }

  /// The message.
  public var description: String { message }
}
