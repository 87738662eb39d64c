import FeditPlan
import FeditProgram
import FeditSyntax

/// The script that a session in the REPL is: what was typed, each thing in its place.
///
/// Statements about the picture (`photo`, `model`, `canvas`, `face`, `region`) stand at the top, once each; the
/// others keep their order. Strokes collect in the current edit.
public struct SessionDocument: Hashable, Sendable {
  /// An edit, or a statement outside edits.
  public enum Item: Hashable, Sendable {
    case statement(String)
    /// Its name, and the statements in it.
    case edit(name: String, body: [String])
  }

  /// `fedit`, `photo`, `model`, `canvas`, `face`, `region`, in this order, as far as they were typed.
  public private(set) var header: [String: String] = [:]
  /// What stands behind the header, in order.
  public private(set) var items: [Item] = []
  /// Whether strokes go into the last item; else they begin a new edit.
  public private(set) var isEditOpen = false

  /// The session's own coordinates, where its `canvas` statement has plain numbers; nil is photo pixels.
  var canvas: Point? {
    guard let text = header["canvas"], let statement = Self.statement(in: text)?.plain(.canvas),
      case .point(let x, let y) = statement.value.kind, case .number(let width) = x.kind,
      case .number(let height) = y.kind, width > 0, height > 0
    else { return nil }
    return Point(width, height)
  }

  /// The words that begin the statements of the header, in the order in which they stand.
  static let headerWords = Language.statements.filter { $0.group == .settings }.map(\.keyword)

  /// An empty session.
  public init() {}

  /// The session that a script is; its comments stay before what they precede.
  public init(script: Script) {
    for piece in Self.pieces(of: script.statements, in: script, from: 0) {
      switch piece.statement.kind {
      case .edit(let name, let body):
        guard let title = literalString(name) else {
          items.append(.statement(piece.text))
          continue
        }
        // What stands before the edit is kept as a line of its own.
        let comments = Self.leading(piece, in: script.source)
        if !comments.isEmpty { items.append(.statement(comments)) }
        let statements = Self.pieces(of: body.statements, in: script, from: body.span.start + 1)
        items.append(.edit(name: title, body: statements.map(\.text)))
      default:
        add(piece.statement, text: piece.text, isInEdit: false)
      }
    }
    if case .edit? = items.last { isEditOpen = true }
  }

  // MARK: Reading statements

  /// A statement with the comments before it and the one behind it on its line.
  struct Piece {
    var statement: Statement
    var text: String
    var start: Int
  }

  static func pieces(of statements: [Statement], in script: Script, from start: Int) -> [Piece] {
    var position = start
    return statements.map { statement in
      let next = script.tokens[statement.tokens.upperBound...].first { $0.kind != .space }
      let end = next?.kind == .lineComment ? next?.span.end : nil
      let span = Span(position, end ?? statement.span.end)
      defer { position = span.end }
      return Piece(statement: statement, text: trimmed(script.source.text(span)), start: span.start)
    }
  }

  /// The statement that a text is.
  private static func statement(in text: String) -> Statement? {
    parse(SourceText(name: "", text)).script.statements.first
  }

  private static func leading(_ piece: Piece, in source: SourceText) -> String {
    trimmed(source.text(Span(piece.start, piece.statement.span.start)))
  }

  /// Without the white space and the `;` around it.
  static func trimmed(_ text: String) -> String {
    func isMargin(_ scalar: Unicode.Scalar) -> Bool {
      scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" || scalar == ";"
    }
    var scalars = text.unicodeScalars[...]
    while let first = scalars.first, isMargin(first) { scalars.removeFirst() }
    while let last = scalars.last, isMargin(last) { scalars.removeLast() }
    return String(scalars)
  }

  // MARK: Adding

  /// Whether a word begins a statement that stands in edits only.
  static func isStrokeWord(_ word: String) -> Bool {
    Language.statement(word)?.allowedIn.isDisjoint(with: [.file, .flow]) ?? false
  }

  /// Whether a word begins a statement that stands outside edits only.
  static func isTopWord(_ word: String) -> Bool {
    Language.statement(word)?.allowedIn.isDisjoint(with: [.edit, .procedure]) ?? false
  }

  /// Where a statement goes.
  enum Place { case header(String), edit, top }

  static func place(of statement: Statement) -> Place {
    switch statement.kind {
    case .call: return .edit
    case .forEach(_, _, let body): return drawsInside(body) ? .edit : .top
    case .ifElse(_, let then, let otherwise):
      return drawsInside(then) || (otherwise.map(drawsInside) ?? false) ? .edit : .top
    default:
      guard let word = statement.id?.rawValue else { return .top }
      return headerWords.contains(word) ? .header(word) : isStrokeWord(word) ? .edit : .top
    }
  }

  /// Whether a block holds something that stands in edits only.
  private static func drawsInside(_ block: Block) -> Bool {
    block.statements.contains { if case .edit = place(of: $0) { true } else { false } }
  }

  /// Adds the statements of a text, each in its place; what cannot be read is left out.
  public mutating func add(_ text: String) {
    let script = parse(SourceText(name: "", text)).script
    for piece in Self.pieces(of: script.statements, in: script, from: 0) {
      add(piece.statement, text: piece.text)
    }
  }

  /// Adds one statement as it was typed.
  ///
  /// - Parameters:
  ///   - statement: what was read from the text.
  ///   - text: the statement's text.
  ///   - isInEdit: whether it goes into the current edit where it may.
  mutating func add(_ statement: Statement, text: String, isInEdit: Bool = true) {
    switch Self.place(of: statement) {
    case .header(let word): header[word] = text
    case .edit where isInEdit:
      if !isEditOpen { beginEdit(nil) }
      guard case .edit(let name, var body)? = items.last else { return }
      // Of those that may stand once the later one counts.
      if let id = statement.id, Language[id].repeats == .oncePerEdit {
        body.removeAll { Self.statement(in: $0)?.id == id }
      }
      if statement.id == .seed { body.insert(text, at: 0) } else { body.append(text) }
      items[items.count - 1] = .edit(name: name, body: body)
    case .edit: items.append(.statement(text))
    case .top:
      switch statement.kind {
      case .edit(let name, _):
        guard let title = literalString(name) else {
          items.append(.statement(text))
          isEditOpen = false
          return
        }
        // The statements inside, each by itself, so that more can be added.
        let script = parse(SourceText(name: "", text)).script
        guard case .edit(_, let own)? = script.statements.first?.kind else { return }
        let pieces = Self.pieces(of: own.statements, in: script, from: own.span.start + 1)
        items.append(.edit(name: title, body: pieces.map(\.text)))
        isEditOpen = true
      case .plain(let plain) where plain.id == .save:
        items.append(.statement(text))
        isEditOpen = false
      default:
        // Before the edit that is being drawn, so that its strokes can use the name.
        if isEditOpen, !items.isEmpty {
          items.insert(.statement(text), at: items.count - 1)
        } else {
          items.append(.statement(text))
        }
      }
    }
  }

  /// The name in `edit "name"` without a block, with which the next edit is begun; nil for any other text.
  static func begunEdit(_ script: Script) -> String? {
    guard script.statements.count == 1, case .edit(let name, let block) = script.statements[0].kind,
      block.tokens.isEmpty, name.tokens.upperBound == script.statements[0].tokens.upperBound
    else { return nil }
    return literalString(name)
  }

  /// Begins the next edit; strokes go into it from now on.
  ///
  /// - Parameter name: nil takes the first free of "edit 1", "edit 2" …
  public mutating func beginEdit(_ name: String?) {
    let taken = Set(items.compactMap { if case .edit(let name, _) = $0 { name } else { nil } })
    var number = taken.count + 1
    while taken.contains("edit \(number)") { number += 1 }
    // An edit without strokes that was begun before is only renamed.
    if isEditOpen, case .edit(_, let body)? = items.last, body.isEmpty { items.removeLast() }
    items.append(.edit(name: name ?? "edit \(number)", body: []))
    isEditOpen = true
  }

  // MARK: Changing

  /// Puts a statement of the header in the place of the one there is.
  mutating func setHeader(_ word: String, _ text: String?) { header[word] = text }

  /// Gives a `param` another default.
  ///
  /// - Returns: whether there is one of that name here.
  mutating func setParameter(_ name: String, to value: String) -> Bool {
    for (index, item) in items.enumerated() {
      guard case .statement(let text) = item else { continue }
      let source = SourceText(name: "", text)
      for statement in parse(source).script.statements {
        guard case .param(let identifier, _, let expression, _) = statement.kind, identifier.text == name
        else { continue }
        let changed =
          source.text(Span(0, expression.span.start)) + value
          + source.text(Span(expression.span.end, source.utf8.count))
        items[index] = .statement(changed)
        return true
      }
    }
    return false
  }

  /// Takes all edits and saves away; photo, face, names stay.
  mutating func removeEdits() {
    items.removeAll { item in
      switch item {
      case .edit: true
      case .statement(let text): Self.statement(in: text)?.id == .save
      }
    }
    isEditOpen = false
  }

  /// The name of the edit that strokes go into.
  public var currentEdit: String? {
    guard isEditOpen, case .edit(let name, _)? = items.last else { return nil }
    return name
  }

  /// Whether nothing has been typed.
  public var isEmpty: Bool { header.isEmpty && items.isEmpty }

  // MARK: As a script

  /// The session as a script's text.
  public var text: String {
    var lines = [header["fedit"] ?? "fedit 1", ""]
    for word in Self.headerWords.dropFirst() {
      if let line = header[word] { lines.append(line) }
    }
    var wasEdit = true
    for item in items {
      switch item {
      case .statement(let text):
        if wasEdit, lines.last != "" { lines.append("") }
        lines.append(text)
        wasEdit = false
      case .edit(let name, let body):
        // An edit that was only begun says nothing yet.
        if body.isEmpty, item == items.last { continue }
        if lines.last != "" { lines.append("") }
        lines.append("edit \(quoted(name)) {")
        for text in body { lines.append(Self.indented(text)) }
        lines.append("}")
        wasEdit = true
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Deeper by one step; the first line's own indentation is gone already.
  private static func indented(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    // Lines after the first keep their distance to the least indented of them.
    let margins = lines.dropFirst().filter { !$0.allSatisfy { $0 == " " } }.map {
      $0.prefix { $0 == " " }.count
    }
    let margin = margins.min() ?? 0
    return lines.enumerated().map { index, line in
      "    "
        + (index == 0 ? String(line) : String(line.dropFirst(min(margin, line.prefix { $0 == " " }.count))))
    }.joined(separator: "\n")
  }
}

/// Whether a text that was typed is complete, or goes on in the next line.
public enum StatementInput {
  /// Whether brackets or a block comment are open at the end of a text.
  public static func isIncomplete(_ text: String) -> Bool {
    let source = SourceText(name: "", text)
    let (tokens, _) = Lexer.tokenize(source)
    var depth = 0
    var strings = 0
    for token in tokens {
      switch token.kind {
      case .stringHead: strings += 1
      case .stringTail: strings -= 1
      // A string ends with its line.
      case .punctuation where strings == 0:
        switch source.text(token.span) {
        case "(", "[", "{": depth += 1
        case ")", "]", "}": depth -= 1
        default: break
        }
      case .blockComment:
        if !source.text(token.span).hasSuffix("*/") { return true }
      default: break
      }
    }
    return depth > 0
  }
}
