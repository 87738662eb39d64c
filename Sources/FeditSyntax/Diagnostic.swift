/// A place in one of the program's files.
public struct SourceRange: Sendable {
  /// The file's text.
  public var source: SourceText
  /// The place in it, in bytes.
  public var span: Span

  /// A place in a file.
  public init(_ source: SourceText, _ span: Span) {
    self.source = source
    self.span = span
  }
}

/// What was found wrong, where, and what would mend it: data only; rendering is elsewhere.
public struct Diagnostic: Sendable {
  /// Whether the script can run all the same: an error keeps it from running, a warning does not.
  public enum Severity: String, Sendable, Codable { case error, warning }

  /// A second place that explains the first ("defined here", "opened here").
  public struct Label: Sendable {
    /// What is pointed at.
    public var range: SourceRange
    /// What it has to do with the mistake, in a few words.
    public var message: String

    /// A second place with its words.
    public init(_ range: SourceRange, _ message: String) {
      self.range = range
      self.message = message
    }
  }

  /// Text to put in the place of a span.
  public struct Edit: Hashable, Sendable {
    /// The text that is replaced; empty to insert.
    public var span: Span
    /// What is put there; empty to delete.
    public var replacement: String

    /// A replacement.
    public init(_ span: Span, _ replacement: String) {
      self.span = span
      self.replacement = replacement
    }
  }

  /// A way out, in words, and as an edit of the diagnostic's own file where one is sure.
  public struct Hint: Sendable {
    /// The way out, for people.
    public var message: String
    /// The same as edits, which do not overlap; empty where no sure one is known.
    public var edits: [Edit]

    /// A way out; without edits in words alone.
    public init(_ message: String, edits: [Edit] = []) {
      self.message = message
      self.edits = edits
    }
  }

  /// Which mistake it is.
  public var id: DiagnosticID
  /// Stable slug, such as `unknown-name`.
  public var code: String { id.rawValue }
  /// Whether it keeps the script from running.
  public var severity: Severity
  /// What is wrong, in a sentence without a full stop.
  public var message: String
  /// The place that is marked.
  public var range: SourceRange
  /// Places that explain it.
  public var labels: [Label]
  /// Ways out, the best first.
  public var hints: [Hint]

  /// A diagnostic; without labels and hints unless they are given.
  public init(
    _ id: DiagnosticID, _ message: String, severity: Severity = .error, at range: SourceRange,
    labels: [Label] = [], hints: [Hint] = []
  ) {
    self.id = id
    self.severity = severity
    self.message = message
    self.range = range
    self.labels = labels
    self.hints = hints
  }
}
