import FeditGenerator
import FeditImage
import FeditProgram
import FeditRaster
import FeditText

/// Why a run ended early.
public struct SessionError: UserFacingError, Sendable {
  /// What kind of fault it is; a command's exit status depends on it.
  public enum Kind: Hashable, Sendable {
    case cancelled
    /// An input can't be read.
    case unreadable
    /// An input was read, and its contents are wrong.
    case data
    /// The machine does not have what is needed, or fedit has a fault.
    case system
  }

  public var kind: Kind
  public var message: String
  public var hints: [String]

  public init(_ kind: Kind, _ message: String, hints: [String] = []) {
    self.kind = kind
    self.message = message
    self.hints = hints
  }

  public static let cancelled = SessionError(.cancelled, "interrupted")

  public var exitStatus: ExitStatus {
    switch kind {
    case .cancelled: .interrupted
    case .unreadable: .unreadable
    case .data: .data
    case .system: .software
    }
  }

  public var description: String { message }

  /// What is wrong with a picture; `name` is what the user called it.
  public init(_ error: PictureError, name: String) {
    self.init(
      error.kind == .unreadable ? .unreadable : .data,
      "cannot read the picture '\(terminalSafe(name))': \(error.message)", hints: error.allHints)
  }

  public init(_ problem: WorldProblem) {
    self.init(problem.kind == .malformed ? .data : .unreadable, problem.message, hints: problem.hints)
  }

  /// What is wrong with a generator; `model` is what the user called it.
  init(_ error: GeneratorError, model: String) {
    switch error {
    case .cancelled: self = .cancelled
    case .outOfMemory, .unsupportedProcessor, .noOpenBLAS:
      self.init(.system, error.description, hints: error.hints)
    default:
      self.init(.data, "the model '\(terminalSafe(model))' cannot be used: \(error)")
    }
  }
}

extension PictureError {
  /// Its hints, and the flag of the command line that raises the limit where there is one.
  var allHints: [String] {
    let isLimit = kind == .tooLarge && message.contains("limit")
    return hints + (isLimit ? ["or raise the limit with --max-pixels N"] : [])
  }
}
