import FeditText

/// What is wrong with a batch as a whole: its list of photos, its columns, its folder.
public struct BatchError: UserFacingError, Hashable, Sendable {
  /// `usage`: the command line; `data`: the list was read, and is wrong; `unreadable`: there are no photos;
  /// `unwritable`: the folder is in use, or can't be written to.
  public var exitStatus: ExitStatus
  /// What is wrong, one sentence.
  public var message: String
  /// What would mend it.
  public var hints: [String]

  init(_ status: ExitStatus, _ message: String, hints: [String] = []) {
    exitStatus = status
    self.message = message
    self.hints = hints
  }

  /// The message.
  public var description: String { message }
}
