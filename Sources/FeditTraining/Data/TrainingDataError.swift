import FeditFiles
import FeditText
import FeditWeights

/// What is wrong with the data that a training set is made from or read from.
public struct TrainingDataError: UserFacingError, Hashable, Sendable {
  /// What kind of fault it is; the exit status of a command depends on it.
  public enum Kind: Hashable, Sendable {
    /// A file or folder is not there, or the system does not let it be read.
    case unreadable
    /// It was read and its contents are wrong.
    case invalid
    /// An output can't be written.
    case unwritable
  }

  /// What kind of fault it is.
  public var kind: Kind
  /// The file or folder as the user named it.
  public var file: String
  /// What is wrong with it, without its name.
  public var problem: String
  /// What would mend it.
  public var hints: [String]

  /// Describes a fault of a file or folder.
  public init(_ kind: Kind = .invalid, file: String, _ problem: String, hints: [String] = []) {
    self.kind = kind
    self.file = file
    self.problem = problem
    self.hints = hints
  }

  /// A failure of the file system.
  public init(_ error: FileError) {
    self.init(WeightError(error))
    if kind == .unwritable {
      hints = ["what was finished before is kept; run the same command again when there is room"]
    }
  }

  /// A fault in a tensor file.
  public init(_ error: WeightError) {
    let kind: Kind =
      switch error.kind {
      case .unreadable, .unknownName: .unreadable
      case .unwritable: .unwritable
      case .invalid, .badName: .invalid
      }
    let tensor = error.tensor.map { "tensor '\($0)': " } ?? ""
    self.init(kind, file: error.file, tensor + error.problem, hints: error.hints)
  }

  /// How a command ends that meets it.
  public var exitStatus: ExitStatus {
    switch kind {
    case .unreadable: .unreadable
    case .invalid: .data
    case .unwritable: .unwritable
    }
  }

  /// The file and what is wrong with it, on one line.
  public var description: String { "'\(terminalSafe(file))': \(problem)" }
}
