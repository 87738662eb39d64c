import FeditFiles
import FeditImage
import FeditTraining
import Foundation

/// How a command ends when it does not end well.
enum ExitStatus: Int32 {
  /// `fmt --check`, `verify`: the answer is no.
  case different = 1
  case usage = 64
  /// The script has errors, or its data is wrong.
  case data = 65
  /// An input can't be read.
  case unreadable = 66
  /// A bug of ours.
  case bug = 70
  /// An output can't be written.
  case unwritable = 73
  case interrupted = 130
}

/// An error as it leaves the program: what, how to mend it, and the exit status.
struct CommandFailure: Error {
  var status: ExitStatus
  /// nil where everything has been said already.
  var message: String?
  var hints: [String] = []

  init(_ status: ExitStatus, _ message: String?, hints: [String] = []) {
    self.status = status
    self.message = message
    self.hints = hints
  }

  init(_ error: FileError) {
    switch error {
    case .cannotRead: self.init(.unreadable, error.description)
    case .tooLarge: self.init(.data, error.description)
    case .cannotWrite: self.init(.unwritable, error.description)
    }
  }

  init(_ error: PictureError) {
    let status: ExitStatus =
      switch error.kind {
      case .unreadable: .unreadable
      case .malformed, .unsupported, .tooLarge: .data
      case .unencodable: .unwritable
      }
    self.init(status, error.description, hints: error.hints)
  }

  /// The failure as it is shown; empty where everything has been said already.
  var text: String {
    guard let message else { return "" }
    return "error: \(message)\n" + hints.map { "  hint: \($0)\n" }.joined()
  }

  init(_ error: TrainingError) {
    let status: ExitStatus =
      switch error.kind {
      case .usage: .usage
      case .data: .data
      case .unreadable: .unreadable
      case .machine: .bug
      }
    self.init(status, error.message, hints: error.hints)
  }

  /// Prints the failure to standard error and leaves the program.
  func report() -> Never {
    printToStandardError(text)
    exit(status.rawValue)
  }
}

/// Writes text to standard error as it is.
func printToStandardError(_ text: String) {
  FileHandle.standardError.write(Data(text.utf8))
}

/// Writes text to standard output as it is, at once.
func printToStandardOutput(_ text: String) {
  FileHandle.standardOutput.write(Data(text.utf8))
}
