import FeditSyntax
import FeditText
import Foundation

/// The forms in which diagnostics are shown.
public enum DiagnosticFormat: String, CaseIterable, Sendable {
  /// For people: the line, a mark under the span, hints.
  case text
  /// One line each, `FILE:LINE:COLUMN: SEVERITY: MESSAGE [CODE]`, as many editors read it.
  case short
  /// An array of objects.
  case json
  /// SARIF 2.1.0, as code-scanning services read it.
  case sarif
}

/// Renders diagnostics.
public struct DiagnosticRenderer: Sendable {
  /// The form in which they are shown.
  public var format: DiagnosticFormat
  /// Whether `text` and `short` use a terminal's colours.
  public var isColored: Bool
  /// How many diagnostics `text` and `short` show before they only count the rest.
  public var limit = 200
  /// How many columns of a source line are shown.
  var window = 140

  /// A renderer; colours only apply to `text` and `short`.
  public init(format: DiagnosticFormat = .text, isColored: Bool = false) {
    self.format = format
    self.isColored = isColored
  }

  /// Whether a file descriptor gets colours: it is a terminal that knows them, and the user has
  /// not set `NO_COLOR` (no-color.org).
  public static func wantsColor(
    _ descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Bool {
    isatty(descriptor) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }

  /// All diagnostics in the renderer's format; ends in a newline unless it is empty.
  public func render(_ diagnostics: [Diagnostic]) -> String {
    switch format {
    case .text: return limited(diagnostics, separator: "\n") { text($0) }
    case .short: return limited(diagnostics, separator: "") { short($0) }
    case .json: return DiagnosticJSON.array(diagnostics).text + "\n"
    case .sarif: return DiagnosticSARIF.log(diagnostics).text + "\n"
    }
  }

  private func limited(
    _ diagnostics: [Diagnostic], separator: String, _ body: (Diagnostic) -> String
  ) -> String {
    var result = diagnostics.prefix(limit).map(body).joined(separator: separator)
    if diagnostics.count > limit {
      result += "\(separator)… and \(diagnostics.count - limit) more\n"
    }
    return result
  }

  // MARK: Colours

  private enum Style: String {
    case error = "1;31"
    case warning = "1;33"
    case strong = "1"
    case gutter = "34"
    case label = "36"
    case hint = "32"
  }

  private func styled(_ text: String, _ style: Style) -> String {
    isColored ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  // MARK: Forms

  private func short(_ diagnostic: Diagnostic) -> String {
    let range = diagnostic.range
    let place = range.source.location(of: range.span.start)
    let severity = styled(
      diagnostic.severity.rawValue, diagnostic.severity == .error ? .error : .warning)
    return "\(terminalSafe(range.source.name)):\(place.line):\(place.column): \(severity): "
      + "\(terminalSafe(diagnostic.message)) [\(diagnostic.code)]\n"
  }

  private func text(_ diagnostic: Diagnostic) -> String {
    let style: Style = diagnostic.severity == .error ? .error : .warning
    var snippets = [Snippet(diagnostic.range, mark: "^", style: style, message: nil)]
    for label in diagnostic.labels {
      let snippet = Snippet(label.range, mark: "-", style: .label, message: label.message)
      // A label on the line of another stands below it.
      if let same = snippets.firstIndex(where: { $0.isSameLine(as: snippet) }) {
        snippets[same].marks += snippet.marks
      } else {
        snippets.append(snippet)
      }
    }
    let digits = snippets.map { String($0.line).count }.max() ?? 1
    let margin = String(repeating: " ", count: digits)
    let bar = styled("|", .gutter)
    var result =
      styled("\(diagnostic.severity.rawValue)[\(diagnostic.code)]", style)
      + styled(": \(terminalSafe(diagnostic.message))", .strong) + "\n"
    for (index, snippet) in snippets.enumerated() {
      if index == 0 {
        let place = "\(terminalSafe(snippet.source.name)):\(snippet.line):\(snippet.column)"
        result += "\(margin)\(styled("-->", .gutter)) \(place)\n\(margin) \(bar)\n"
      } else if snippet.source === snippets[0].source {
        result += "\(margin)\(styled("...", .gutter))\n"
      } else {
        let place = "\(terminalSafe(snippet.source.name)):\(snippet.line):\(snippet.column)"
        result += "\(margin)\(styled(":::", .gutter)) \(place)\n"
      }
      let number = String(snippet.line)
      let padding = String(repeating: " ", count: digits - number.count)
      let display = DisplayLine(snippet.source.line(snippet.line))
      let first = display.mark(from: snippet.marks[0].start, to: snippet.marks[0].end)
      let (line, shift) = display.windowed(around: first, window: window)
      result += trimmedRight("\(padding)\(styled(number, .gutter)) \(bar) \(line)") + "\n"
      for mark in snippet.marks {
        let (column, width) = display.mark(from: mark.start, to: mark.end)
        let place = max(column - shift, 0)
        let marked = String(repeating: mark.mark, count: max(1, min(width, window - place)))
        let message = mark.message.map { " " + terminalSafe($0) } ?? ""
        result +=
          "\(margin) \(bar) \(String(repeating: " ", count: min(place, window + 2)))"
          + styled(marked + message, mark.style) + "\n"
      }
    }
    for hint in diagnostic.hints {
      result +=
        "\(margin) \(styled("=", .gutter)) \(styled("hint", .hint)): "
        + terminalSafe(hint.message) + "\n"
    }
    return result
  }

  /// A line with the marks under it.
  private struct Snippet {
    struct Mark {
      var start: Int
      var end: Int
      var mark: String
      var style: Style
      var message: String?
    }

    var source: SourceText
    var line: Int
    var column: Int
    var marks: [Mark]

    init(_ range: SourceRange, mark: String, style: Style, message: String?) {
      source = range.source
      let start = source.location(of: range.span.start)
      let end = source.location(of: range.span.end)
      line = start.line
      column = start.column
      // A span over several lines is marked to the end of its first.
      let last = end.line == start.line ? end.column : source.line(start.line).unicodeScalars.count + 1
      marks = [
        Mark(start: start.column - 1, end: last - 1, mark: mark, style: style, message: message)
      ]
    }

    func isSameLine(as other: Snippet) -> Bool { source === other.source && line == other.line }
  }

  private func trimmedRight(_ text: String) -> String {
    var text = text
    while text.last == " " { text.removeLast() }
    return text
  }
}
