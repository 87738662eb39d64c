import FeditText

/// How a command ends when it does not end well, where no module below has an error for it.
struct CommandFailure: UserFacingError {
  var exitStatus: ExitStatus
  /// What is wrong, one sentence each; empty where everything has been said already.
  var messages: [String]
  var hints: [String]

  /// Where everything has been said already.
  init(_ status: ExitStatus) { self.init(status, []) }

  init(_ status: ExitStatus, _ message: String, hints: [String] = []) {
    self.init(status, [message], hints: hints)
  }

  init(_ status: ExitStatus, _ messages: [String], hints: [String] = []) {
    exitStatus = status
    self.messages = messages
    self.hints = hints
  }

  /// An error with further hints.
  init(_ error: some UserFacingError, hints: [String] = []) {
    self.init(error.exitStatus, error.description, hints: error.hints + hints)
  }

  var description: String { messages.joined(separator: "; ") }

  var report: String {
    messages.map { "error: \(terminalSafe($0))\n" }.joined()
      + hints.map { "  hint: \(terminalSafe($0))\n" }.joined()
  }
}
