import FeditSyntax

/// What is wrong with a batch as a whole: its list of photos, its columns, its folder.
public struct BatchError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of fault it is; the command's exit status depends on it.
  public enum Kind: Hashable, Sendable {
    /// The command line.
    case usage
    /// The list was read, and is wrong.
    case data
    /// There are no photos.
    case unreadable
    /// The folder is in use, or can't be written to.
    case unwritable
  }

  public var kind: Kind
  public var message: String
  public var hints: [String]

  init(_ kind: Kind, _ message: String, hints: [String] = []) {
    self.kind = kind
    self.message = message
    self.hints = hints
  }

  public var description: String { message }
}

/// A text of the user's in quotes, its control characters escaped and its length bounded.
func shown(_ text: String) -> String { "'\(escapingControlCharacters(String(text.prefix(200))))'" }
