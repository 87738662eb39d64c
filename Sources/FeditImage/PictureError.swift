import FeditFiles
import FeditText

/// Why a picture could not be read or encoded: the file, what is wrong, how to mend it.
public struct PictureError: UserFacingError, Hashable, Sendable {
  /// What kind of fault it is; a command's exit status depends on it.
  public enum Kind: Hashable, Sendable {
    /// The file is not there, or the system does not let it be read.
    case unreadable
    /// No picture, or a damaged one.
    case malformed
    /// A picture of a kind that is not read.
    case unsupported
    /// More pixels or bytes than the limit.
    case tooLarge
    /// A picture in memory that the format can't hold.
    case unencodable
  }

  /// What kind of fault it is.
  public var kind: Kind
  /// The file as the user named it.
  public var file: String
  /// What is wrong, without the file's name.
  public var message: String
  /// What would mend it.
  public var hints: [String]

  /// Describes a fault of a file.
  public init(_ kind: Kind, file: String, _ message: String, hints: [String] = []) {
    self.kind = kind
    self.file = file
    self.message = message
    self.hints = hints
  }

  init(_ error: FileError, file: String) {
    switch error {
    case .cannotRead(_, let reason), .cannotWrite(_, let reason):
      self.init(.unreadable, file: file, reason)
    case .tooLarge(_, let bytes, let limit):
      self.init(.tooLarge, file: file, "it has \(bytes) bytes, more than the limit of \(limit)")
    }
  }

  /// How a command ends that meets it.
  public var exitStatus: ExitStatus {
    switch kind {
    case .unreadable: .unreadable
    case .malformed, .unsupported, .tooLarge: .data
    case .unencodable: .unwritable
    }
  }

  /// What could not be done with which file, and why, in a sentence.
  public var description: String {
    kind == .unencodable
      ? "cannot encode the picture '\(terminalSafe(file))': \(message)"
      : "cannot read the picture '\(terminalSafe(file))': \(message)"
  }
}
