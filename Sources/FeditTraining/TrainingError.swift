import FeditText

/// Why a training run can't start or go on.
public struct TrainingError: UserFacingError, Sendable {
  /// Who has to mend it, which decides the exit status.
  public enum Kind: Sendable {
    /// An option or a combination of options is wrong.
    case usage
    /// A file's content does not fit.
    case data
    /// A file can't be read.
    case unreadable
    /// The machine has too little memory, or a processor without AVX2.
    case machine
  }
  /// Who has to mend it.
  public let kind: Kind
  /// What is wrong, in a sentence without a full stop.
  public let message: String
  /// What would mend it.
  public let hints: [String]

  /// Describes a fault.
  public init(_ kind: Kind, _ message: String, hints: [String] = []) {
    self.kind = kind
    self.message = message
    self.hints = hints
  }

  /// How a command ends that meets it.
  public var exitStatus: ExitStatus {
    switch kind {
    case .usage: .usage
    case .data: .data
    case .unreadable: .unreadable
    case .machine: .software
    }
  }

  /// The message.
  public var description: String { message }
}
