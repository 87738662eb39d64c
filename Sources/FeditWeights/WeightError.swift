import FeditFiles
import FeditText

/// What is wrong with a weight file: which file, which tensor, what, and what would mend it.
public struct WeightError: UserFacingError, Hashable, Sendable {
  /// What kind of fault it is; the exit status of a command depends on it.
  public enum Kind: Hashable, Sendable {
    /// The file is not there, or the system does not let it be read.
    case unreadable
    /// The file was read and its contents are wrong or do not fit.
    case invalid
    /// An output can't be written.
    case unwritable
    /// No model has the name that the user gave.
    case unknownName
    /// The name is not allowed for a model, or taken.
    case badName
  }

  /// What kind of fault it is.
  public var kind: Kind
  /// The file as the user named it, or a built-in model's name.
  public var file: String
  /// The tensor that the fault is about, if it is about one.
  public var tensor: String?
  /// What is wrong, without file and tensor.
  public var problem: String
  /// What would mend it.
  public var hints: [String]

  /// Describes a fault of a file, or of one of its tensors.
  public init(
    _ kind: Kind = .invalid, file: String, tensor: String? = nil, _ problem: String, hints: [String] = []
  ) {
    self.kind = kind
    self.file = file
    self.tensor = tensor
    self.problem = problem
    self.hints = hints
  }

  /// A failure of the file system.
  public init(_ error: FileError) {
    let kind: Kind =
      switch error {
      case .cannotRead: .unreadable
      case .tooLarge: .invalid
      case .cannotWrite: .unwritable
      }
    self.init(kind, file: error.path, error.problem)
  }

  /// How a command ends that meets it.
  public var exitStatus: ExitStatus {
    switch kind {
    case .unreadable, .unknownName: .unreadable
    case .invalid: .data
    case .unwritable: .unwritable
    case .badName: .usage
    }
  }

  /// The file, the tensor and what is wrong, on one line.
  public var description: String {
    let place = tensor.map { ", tensor '\(shortName($0))'" } ?? ""
    return "'\(terminalSafe(file))'\(place): \(problem)"
  }
}

/// A name from a weight file, safe to print and cut where it is very long.
func shortName(_ name: String) -> String { terminalSafe(name, limit: 120) }
