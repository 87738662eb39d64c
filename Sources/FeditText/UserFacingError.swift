/// What a command's exit status means. The numbers are those of BSD's `sysexits.h` where it has one.
public enum ExitStatus: Int32, Hashable, Sendable, CaseIterable {
  /// The answer is no: `fmt --check`, `verify` and `diff` found a difference.
  case different = 1
  /// The command line is wrong.
  case usage = 64
  /// A script or its data is wrong.
  case data = 65
  /// An input can't be read.
  case unreadable = 66
  /// The machine lacks something, or fedit has a bug.
  case software = 70
  /// An output can't be written.
  case unwritable = 73
  /// Stopped by a signal.
  case interrupted = 130

  /// What it tells, as the man pages have it.
  public var meaning: String {
    switch self {
    case .different: "The answer is no: a file is not formatted, differs, or does not verify."
    case .usage: "The command line is wrong."
    case .data: "A script or its data is wrong."
    case .unreadable: "An input cannot be read."
    case .software: "The machine lacks something, or fedit has a bug."
    case .unwritable: "An output cannot be written."
    case .interrupted: "Stopped by a signal."
    }
  }
}

/// An error that is shown to users: what is wrong and with what, how to mend it, and how a command that
/// can't go on ends.
///
/// `description` is one sentence without a full stop, complete with the file's name; lists in it stand on lines of
/// their own. Line breaks in names are its own business: `terminalSafe` escapes them.
public protocol UserFacingError: Error, CustomStringConvertible {
  /// What a command ends with when it stops because of this error.
  var exitStatus: ExitStatus { get }
  /// What would mend it, each a short sentence.
  var hints: [String] { get }
  /// The error as it is printed: `error: …` and a line for each hint, safe for a terminal.
  var report: String { get }
}

extension UserFacingError {
  /// None.
  public var hints: [String] { [] }

  /// One line for the error and one for each hint.
  public var report: String {
    "error: \(terminalSafeLines(description))\n" + hints.map { "  hint: \(terminalSafe($0))\n" }.joined()
  }
}
