/// A place in one of the program's files.
public struct SourceRange: Sendable {
  public var source: SourceText
  public var span: Span

  public init(_ source: SourceText, _ span: Span) {
    self.source = source
    self.span = span
  }
}

/// What was found wrong, where, and what would mend it: data only; rendering is elsewhere.
public struct Diagnostic: Sendable {
  public enum Severity: String, Sendable, Codable { case error, warning }

  /// A second place that explains the first ("defined here", "opened here").
  public struct Label: Sendable {
    public var range: SourceRange
    public var message: String

    public init(_ range: SourceRange, _ message: String) {
      self.range = range
      self.message = message
    }
  }

  /// Text to put in the place of a span.
  public struct Edit: Hashable, Sendable {
    public var span: Span
    public var replacement: String

    public init(_ span: Span, _ replacement: String) {
      self.span = span
      self.replacement = replacement
    }
  }

  /// A way out, in words, and as an edit of the diagnostic's own file where one is sure.
  public struct Hint: Sendable {
    public var message: String
    public var edits: [Edit]

    public init(_ message: String, edits: [Edit] = []) {
      self.message = message
      self.edits = edits
    }
  }

  public var id: DiagnosticID
  /// Stable slug, such as `unknown-name`.
  public var code: String { id.rawValue }
  public var severity: Severity
  public var message: String
  public var range: SourceRange
  public var labels: [Label]
  public var hints: [Hint]

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
