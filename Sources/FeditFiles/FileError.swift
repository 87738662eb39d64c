/// Why a file could not be read or written, in the words of the system, with the file's name.
public enum FileError: Error, Hashable, Sendable, CustomStringConvertible {
  case cannotRead(path: String, reason: String)
  /// Refused before memory was taken for it.
  case tooLarge(path: String, bytes: Int, limit: Int)
  case cannotWrite(path: String, reason: String)

  public var path: String {
    switch self {
    case .cannotRead(let path, _), .tooLarge(let path, _, _), .cannotWrite(let path, _): path
    }
  }

  public var description: String {
    switch self {
    case .cannotRead(let path, let reason):
      "cannot read '\(path)': \(reason)"
    case .tooLarge(let path, let bytes, let limit):
      "cannot read '\(path)': it has \(bytes) bytes, more than the limit of \(limit)"
    case .cannotWrite(let path, let reason):
      "cannot write '\(path)': \(reason)"
    }
  }
}
