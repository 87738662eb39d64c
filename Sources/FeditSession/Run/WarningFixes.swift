import FeditPlan
import FeditProgram
import FeditSyntax

/// How a script can be changed so that a warning goes away.
enum WarningFix: Hashable, Sendable {
  /// Masks what a stroke draws, grown by a width in the stroke's units; of open shapes the width of the brush.
  case mask(by: Double, isClosed: Bool)
  /// Gives a stroke another brush.
  case brush(Double, isWritten: Bool)
  /// Takes away a statement that an edit, or the script, has once.
  case leavingOut(StatementID, edit: String)

  /// For a stroke that a statement of an edit draws; nil where it comes from a definition.
  static func maskingToo(_ stroke: PlanStroke, by photoPixels: Double) -> WarningFix? {
    guard stroke.origin.calls.isEmpty, case .shape(let shape) = stroke.content else { return nil }
    let unit = stroke.origin.frame.scaleFactor
    guard unit > 0 else { return nil }
    return .mask(by: rounded((shape.isClosed ? 1 : 3) * photoPixels / unit), isClosed: shape.isClosed)
  }

  static func brush(_ width: Double, _ stroke: PlanStroke) -> WarningFix? {
    stroke.origin.calls.isEmpty ? .brush(width, isWritten: true) : nil
  }

  /// Two digits.
  static func rounded(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return value }
    var power = 1.0
    while value * power < 10 { power *= 10 }
    while value * power >= 100 { power /= 10 }
    return (value * power).rounded() / power
  }

  /// The change as a hint of a diagnostic.
  ///
  /// - Parameters:
  ///   - source: The file.
  ///   - span: The statement that the warning is about.
  /// - Returns: nil where the statement is not of the form that can be changed.
  func hint(in source: SourceText, _ span: Span) -> Diagnostic.Hint? {
    switch self {
    case .mask(let width, let isClosed): return mask(width, isClosed, source, span)
    case .brush(let width, _):
      guard let brush = Self.modifiers(at: span, source)?[.brush] else { return nil }
      return Diagnostic.Hint(
        "write 'brush \(numberText(width))'", edits: [.init(brush.span, numberText(width))])
    case .leavingOut(let id, let edit):
      guard let statement = Self.statement(id, edit, source) else { return nil }
      return Diagnostic.Hint(
        "leave out '\(id.rawValue)'", edits: [.init(Self.line(of: statement, source), "")])
    }
  }

  /// The modifiers of the stroke, or entry of `paint`, at a place.
  private static func modifiers(at span: Span, _ source: SourceText) -> Modifiers? {
    switch parse(source).script.statements(at: span.start).last?.kind {
    case .stroke(let stroke): stroke.modifiers
    case .paint(let paint): paint.entries.first { $0.span.start == span.start }?.modifiers
    default: nil
    }
  }

  private func mask(_ width: Double, _ isClosed: Bool, _ source: SourceText, _ span: Span) -> Diagnostic.Hint?
  {
    guard case .stroke(let stroke)? = parse(source).script.statements(at: span.start).last?.kind,
      [.sketch, .color].contains(stroke.layer), !stroke.isErase, !stroke.isOff
    else { return nil }
    let shape = source.text(stroke.shape.span)
    let isSum =
      switch stroke.shape.kind {
      case .binary, .unary, .conditional: true
      default: false
      }
    let size = numberText(width)
    let mask =
      isClosed ? "mask \(isSum ? "(\(shape))" : shape).grown(\(size))" : "mask \(shape) brush \(size)"
    let place = source.location(of: span.start)
    let before = source.line(place.line).prefix(max(0, place.column - 1))
    let rest = before.allSatisfy(\.isWhitespace) ? "\n" + before : "; "
    return Diagnostic.Hint(
      "mask the place as well: \(mask)", edits: [.init(Span(span.start, span.start), mask + rest)])
  }

  /// A statement of an edit, or else of the script.
  private static func statement(_ id: StatementID, _ edit: String, _ source: SourceText) -> Statement? {
    let script = parse(source).script
    for statement in script.statements {
      guard case .edit(let name, let body) = statement.kind, case .string(let parts) = name.kind,
        parts.count == 1, case .text(let text) = parts[0], text == edit
      else { continue }
      if let found = body.statements.first(where: { $0.id == id }) { return found }
    }
    return script.statements.first { $0.id == id }
  }

  /// All of the line, where the statement has one of its own.
  private static func line(of statement: Statement, _ source: SourceText) -> Span {
    let place = source.location(of: statement.span.start)
    let start = source.lineStarts[place.line - 1]
    let end = place.line < source.lineStarts.count ? source.lineStarts[place.line] : statement.span.end
    let around = source.text(Span(start, statement.span.start)) + source.text(Span(statement.span.end, end))
    return around.allSatisfy(\.isWhitespace) ? Span(start, end) : statement.span
  }
}
