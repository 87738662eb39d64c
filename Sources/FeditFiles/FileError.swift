import FeditText
import Foundation

/// Why a file could not be read or written, in the words of the system, with the file's name.
public enum FileError: UserFacingError, Hashable, Sendable {
  case cannotRead(path: String, reason: String)
  /// Refused before memory was taken for it.
  case tooLarge(path: String, bytes: Int, limit: Int)
  case cannotWrite(path: String, reason: String)

  /// The file that it is about, as it was named.
  public var path: String {
    switch self {
    case .cannotRead(let path, _), .tooLarge(let path, _, _), .cannotWrite(let path, _): path
    }
  }

  /// What is wrong with the file, without its name.
  public var problem: String {
    switch self {
    case .cannotRead(_, let reason): "cannot be read: \(reason)"
    case .tooLarge(_, let bytes, let limit): "has \(bytes) bytes, more than the limit of \(limit)"
    case .cannotWrite(_, let reason): "cannot be written: \(reason)"
    }
  }

  /// Whether writing anything else to the same place would fail as well: a full disk, a quota, a read-only
  /// file system.
  public var isStorageFull: Bool {
    guard case .cannotWrite(_, let reason) = self else { return false }
    return [ENOSPC, EDQUOT, EROFS].contains { systemReason($0) == reason }
  }

  /// 66 for what can't be read, 65 for what is too large, 73 for what can't be written.
  public var exitStatus: ExitStatus {
    switch self {
    case .cannotRead: .unreadable
    case .tooLarge: .data
    case .cannotWrite: .unwritable
    }
  }

  /// The error in words, with the file's name and the system's reason.
  public var description: String {
    switch self {
    case .cannotRead(let path, let reason):
      "cannot read '\(terminalSafe(path))': \(reason)"
    case .tooLarge(let path, let bytes, let limit):
      "cannot read '\(terminalSafe(path))': it has \(bytes) bytes, more than the limit of \(limit)"
    case .cannotWrite(let path, let reason):
      "cannot write '\(terminalSafe(path))': \(reason)"
    }
  }
}
