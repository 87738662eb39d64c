import FeditImage
import FeditPlan
import FeditRaster
import FeditSyntax

/// Something about a run that its author would want to know, at a place of the script.
public struct RunWarning: Hashable, Sendable {
  /// What it is about.
  public var id: DiagnosticID
  /// Stable slug, such as `empty-mask`.
  public var code: String { id.rawValue }
  /// What is to be known, in a sentence without a full stop.
  public var message: String
  /// What would help, each a short sentence.
  public var hints: [String]
  /// The name under which the script is shown, as in `PlanStroke.file`; empty where there is no place.
  public var file: String
  /// Counted from 1.
  public var line: Int
  /// Counted from 1, in Unicode scalars.
  public var column: Int
  /// Whether it says that something was asked for and not done.
  public var isFailure: Bool
  /// What would mend it, if it is known.
  var fix: WarningFix?

  init(
    _ id: DiagnosticID, _ message: String, at stroke: PlanStroke?, hints: [String], isFailure: Bool = false,
    fix: WarningFix? = nil
  ) {
    self.isFailure = isFailure
    self.fix = fix
    self.id = id
    self.message = message
    self.hints = hints
    file = stroke?.file ?? ""
    line = stroke?.line ?? 1
    column = stroke?.column ?? 1
  }

  /// The warning as a diagnostic that marks the statement it is about.
  ///
  /// - Parameter sources: the program's files; the first is the entry.
  /// - Returns: the same as an error or warning of a check would be shown.
  public func diagnostic(in sources: [SourceText]) -> Diagnostic {
    let source = sources.first { $0.name == file } ?? sources.first ?? SourceText(name: file, utf8: [])
    let span = source.statementSpan(line, column)
    let fixes = file.isEmpty ? [] : [fix?.hint(in: source, span)].compactMap(\.self)
    return Diagnostic(
      id, message, severity: .warning, at: SourceRange(source, span),
      hints: fixes + hints.map { .init($0) })
  }
}

extension SourceText {
  /// From a place to the last token on its line that belongs to the same statement.
  func statementSpan(_ line: Int, _ column: Int) -> Span {
    guard line >= 1, line <= lineStarts.count else { return Span(0, 0) }
    let text = self.line(line)
    let prefix = text.unicodeScalars.prefix(max(column - 1, 0))
    let start = lineStarts[line - 1] + prefix.reduce(0) { $0 + UTF8.width($1) }
    let end = lineStarts[line - 1] + text.utf8.count
    var last = start
    var depth = 0
    for token in Lexer.tokenize(self, Span(start, end)).tokens where !token.kind.isTrivia {
      if token.kind == .endOfFile || token.kind == .semicolon { break }
      let symbol = self.text(token.span)
      if symbol == "{" { depth += 1 }
      if symbol == "}" {
        depth -= 1
        if depth < 0 { break }
      }
      last = token.span.end
    }
    return Span(start, last)
  }
}

/// How one edit went.
public struct EditReport: Hashable, Sendable {
  /// The wall-clock time that the parts of an edit took, in seconds.
  public struct Timings: Hashable, Sendable {
    /// Drawing the layers and reading the region out of the photo.
    public var layers = 0.0
    /// The network.
    public var generator = 0.0
    /// Putting the fill back into the photo.
    public var composite = 0.0

    /// All of them, in seconds.
    public var total: Double { layers + generator + composite }
  }

  /// The edit's name.
  public var name: String
  /// From 0, in the script's order.
  public var index: Int
  /// The edit's seed.
  public var seed: UInt64
  /// Photo pixels inside the mask.
  public var maskedPixels: Int
  /// Photo pixels that `recolor` gave another colour.
  public var recoloredPixels: Int
  /// Photo pixels that `heal` filled.
  public var healedPixels: Int
  /// Photo pixels that `warp` moved.
  public var warpedPixels: Int
  /// Masked photo pixels that the edit's region does not hold: they stay as they are.
  public var leftOut: Int
  /// Whether the generator ran: not for an empty mask.
  public var isGenerated: Bool
  /// Whether the result of an earlier run still held.
  public var isReused: Bool
  /// How long it took.
  public var timings: Timings

  /// What was done without the generator, in words: `40 pixels healed`; empty where nothing was.
  public var retouches: [String] {
    [(warpedPixels, "warped"), (healedPixels, "healed"), (recoloredPixels, "recoloured")]
      .filter { $0.0 > 0 }.map { "\($0.0) pixels \($0.1)" }
  }

  /// All that was done: `1264 pixels generated, 300 pixels recoloured`.
  public var changes: String {
    let generated = isGenerated || retouches.isEmpty ? ["\(maskedPixels) pixels generated"] : []
    return (generated + retouches).joined(separator: ", ")
  }
}

/// What a `save` of the script asks for, at its place in the run.
public struct RunSave: Sendable {
  /// What is written.
  public enum Content: Sendable {
    case picture(Picture)
    /// The layers of the edits that stand before it, square by square, each edit with its number from 1.
    case layers([(number: Int, layers: [Layers])])
    /// The same in one file, OpenRaster or SVG: its bytes.
    case file([UInt8])
  }

  /// The index of the save in `Plan.steps`.
  public var step: Int
  /// Where it goes.
  public var file: PlanFile
  /// What JPEG or WebP is to have, 1...100; nil is the format's default.
  public var quality: Int?
  /// What is written there.
  public var content: Content
}

/// What a run tells while it goes on.
public enum RunEvent: Sendable {
  /// An edit begins: `position` of `count`, from 0. How far its network is, `RunControl.progress` tells.
  case began(PlanEdit, position: Int, count: Int)
  case finished(EditReport)
  case warning(RunWarning)
  case save(RunSave)
}

/// What came of a run.
public struct RunResult: Sendable {
  /// The picture after the last edit.
  public var picture: Picture
  /// What the script's `save`s asked for; empty where they were only told to the observer.
  public var saves: [RunSave]
  /// How each edit went, in the script's order.
  public var edits: [EditReport]
  /// What the script's author would want to know, in the order in which it was found.
  public var warnings: [RunWarning]

  /// Whether some edit could not do what its masks ask for.
  public var isIncomplete: Bool { warnings.contains(where: \.isFailure) }
}
