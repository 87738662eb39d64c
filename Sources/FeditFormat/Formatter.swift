import FeditSyntax

/// Why a script was not formatted: it cannot be read as it stands.
public struct SyntaxErrors: Error, Sendable {
  /// What the parser found, in the order of the text; at least one error.
  public var diagnostics: [Diagnostic]
}

/// A script in fedit's one style.
///
/// Four spaces a level, one statement a line, lines of up to 100 columns where brackets let them break,
/// modifiers in the order `with`, `brush`, `as`, layer words as wide as `sketch`, at most one blank
/// line. The result means the same, and formatting it again changes nothing.
///
/// - Parameter source: the script.
/// - Returns: the formatted text; empty where the script is.
/// - Throws: `SyntaxErrors` where the script has any.
public func formatted(_ source: SourceText) throws(SyntaxErrors) -> String {
  let result = parse(source)
  let errors = result.diagnostics.filter { $0.severity == .error }
  guard errors.isEmpty else { throw SyntaxErrors(diagnostics: errors) }
  let text = Layout.text(of: Formatter(result.script).document())
  let trimmed = text.drop { $0 == "\n" }
  return trimmed.isEmpty ? "" : trimmed + "\n"
}

/// Turns the nodes of a script without syntax errors into a document: only spaces, line breaks, the order of
/// modifiers and trailing commas are its own, all else is the source's.
struct Formatter {
  let script: Script
  let tokens: FormattedTokens

  init(_ script: Script) {
    self.script = script
    tokens = FormattedTokens(script)
  }

  func document() -> Document {
    let items = script.statements.map { Item(range: tokens.range($0.tokens), document: statement($0)) }
    return .sequence(lines(items, closedBy: tokens.texts.count - 1, isFirstInFile: true))
  }

  // MARK: Lines

  /// A statement, or an entry of `paint`.
  private struct Item {
    var range: Range<Int>
    var document: Document
  }

  /// Lines of statements with the comments between them, each after a line break.
  /// The token `end` behind them is a `}` or the end of the file.
  private func lines(_ items: [Item], closedBy end: Int, isFirstInFile: Bool) -> [Document] {
    var result: [Document] = []
    var isFirst = true
    func startLine(_ blank: Bool) {
      if blank, !isFirst { result.append(.blankLine) }
      // The file's first line needs no break; it is trimmed.
      result.append(.hardLine)
      isFirst = false
    }
    /// Comments before a token: those behind what precedes on its line, then those on lines of their own.
    func put(_ list: [FormattedTokens.Comment], behind: Bool) {
      var trails = behind
      for comment in list {
        if trails, !comment.isOwnLine {
          result.append(.text(" " + comment.text))
        } else {
          trails = false
          startLine(comment.hasBlankLineBefore)
          result.append(.text(comment.text))
        }
      }
    }
    var previousEnd: Int?
    for item in items {
      let start = item.range.lowerBound
      var blank = tokens.hasBlankLineBefore[start]
      if let previousEnd {
        // Semicolons between; what stands behind one on its line belongs to the statement before it.
        for index in previousEnd..<start {
          put(tokens.comments[index], behind: true)
          blank = blank || tokens.hasBlankLineBefore[index]
        }
        let mine = tokens.comments[start]
        let isBehindSemicolon = previousEnd < start
        put(mine, behind: !isBehindSemicolon || mine.allSatisfy(\.isLine))
      } else {
        put(tokens.comments[start], behind: !isFirstInFile)
      }
      startLine(blank)
      result.append(item.document)
      previousEnd = item.range.upperBound
    }
    let start = previousEnd ?? end
    for index in start..<end { put(tokens.comments[index], behind: previousEnd != nil) }
    put(tokens.comments[end], behind: previousEnd != nil || !isFirstInFile)
    return result
  }

  private func block(_ block: Block) -> Document {
    let items = block.statements.map { Item(range: tokens.range($0.tokens), document: statement($0)) }
    return braces(tokens.range(block.tokens), items, staysOnLine: items.count == 1)
  }

  private func block(_ block: Paint.Block) -> Document {
    let items = block.entries.map { Item(range: tokens.range($0.tokens), document: entry($0)) }
    return braces(tokens.range(block.tokens), items, staysOnLine: true)
  }

  /// `{ … }`: on one line if it stood on one and may.
  private func braces(_ range: Range<Int>, _ items: [Item], staysOnLine: Bool) -> Document {
    let open = tokens.document(range.lowerBound)
    let close = range.upperBound - 1
    let inside = (range.lowerBound + 1)...close
    let hasComments = inside.contains { !tokens.comments[$0].isEmpty }
    if items.isEmpty, !hasComments { return .sequence([open, .text(" }")]) }
    let isOneLine = !inside.contains { tokens.isFirstOnLine[$0] } && !hasComments
    guard isOneLine, staysOnLine else {
      let lines = lines(items, closedBy: close, isFirstInFile: false)
      return .sequence([open, .indented(.sequence(lines)), .hardLine, .text("}")])
    }
    var parts: [Document] = []
    for (index, item) in items.enumerated() {
      if index > 0 { parts.append(.ifBroken("", flat: ";")) }
      parts += [.line, item.document]
    }
    return .group(.sequence([open, .indented(.sequence(parts)), .line, .text("}")]))
  }

  // MARK: Statements

  /// A statement; where it is `isFirst`, the comments before it have been printed.
  private func statement(_ statement: Statement, isFirst: Bool = true) -> Document {
    let range = tokens.range(statement.tokens)
    let keyword = tokens.document(range.lowerBound, isFirst: isFirst)
    switch statement.kind {
    case .plain(let plain): return self.plain(plain, keyword, range)
    case .param(let name, let type, let value, let doc):
      return spaced(
        [keyword, typed(name, type)] + assigned(value) + [doc.map { expression($0) }].compactMap(\.self))
    case .letValue(let name, let value): return spaced([keyword, identifier(name)] + assigned(value))
    case .def(let definition):
      let head = spaced([keyword, .sequence([identifier(definition.name), parameters(of: definition)])])
      switch definition.body {
      case .block(let body): return spaced([head, block(body)])
      case .value(let value): return spaced([head] + assigned(value))
      }
    case .forEach(let name, let sequence, let body):
      let word = tokens.document(tokens.first(sequence.tokens) - 1)
      return spaced([keyword, identifier(name), word, expression(sequence), block(body)])
    case .ifElse(let condition, let then, let otherwise):
      let head = spaced([keyword, expression(condition), block(then)])
      guard let otherwise else { return head }
      let isChained = !otherwise.hasBraces
      let rest =
        isChained ? otherwise.statements.map { self.statement($0, isFirst: false) } : [block(otherwise)]
      return .sequence([head, joint(before: tokens.end(then.tokens)), spaced([.text("else")] + rest)])
    case .edit(let head, let body), .inFrame(let head, let body):
      return spaced([keyword, expression(head), block(body)])
    case .stroke(let stroke):
      let words = range.lowerBound..<tokens.first(stroke.shape.tokens)
      return self.stroke(words, stroke.shape, sorted(stroke.modifiers))
    case .paint(let paint):
      let words = (range.lowerBound + 1..<tokens.first(paint.shape.tokens)).map { tokens.document($0) }
      return spaced(
        [keyword] + words + [expression(paint.shape)] + paint.modifiers.list.map(modifier) + [
          block(paint.block)
        ])
    case .call(let call): return expression(call, isFirst: isFirst)
    case .missing: return .text(script.source.text(statement.span))
    }
  }

  private func spaced(_ parts: [Document]) -> Document {
    var result: [Document] = []
    for (index, part) in parts.enumerated() { result += index > 0 ? [.text(" "), part] : [part] }
    return .sequence(result)
  }

  /// A statement whose form the table says in full: signs stand right behind what they follow.
  private func plain(_ plain: PlainStatement, _ keyword: Document, _ range: Range<Int>) -> Document {
    var parts = [keyword]
    var index = range.lowerBound + 1
    func words(to end: Int) {
      for word in index..<end {
        if !tokens.isSign(word) { parts.append(.text(" ")) }
        parts.append(tokens.document(word))
      }
    }
    for value in plain.entries.map(\.value) {
      words(to: tokens.first(value.tokens))
      parts += [.text(" "), expression(value)]
      index = tokens.end(value.tokens)
    }
    words(to: range.upperBound)
    return .sequence(parts)
  }

  /// `= VALUE`.
  private func assigned(_ value: Expression) -> [Document] {
    [tokens.document(tokens.first(value.tokens) - 1), expression(value)]
  }

  private func identifier(_ name: Identifier, isFirst: Bool = false) -> Document {
    tokens.document(tokens.first(name.tokens), isFirst: isFirst)
  }

  /// `NAME: TYPE`, or the name alone.
  private func typed(_ name: Identifier, _ type: Identifier, isFirst: Bool = false) -> Document {
    guard !type.tokens.isEmpty else { return identifier(name, isFirst: isFirst) }
    return .sequence([
      identifier(name, isFirst: isFirst), tokens.document(tokens.end(name.tokens)), .text(" "),
      identifier(type),
    ])
  }

  /// What stands between a block and the `else` behind it: a space, or lines of comments.
  private func joint(before index: Int) -> Document {
    let comments = tokens.comments[index]
    guard comments.contains(where: \.needsLine) else { return .text(" " + tokens.inlineComments(index)) }
    var parts: [Document] = []
    for comment in comments {
      parts += comment.isOwnLine ? [.hardLine] : [.text(" ")]
      parts.append(.text(comment.text))
    }
    return .sequence(parts + [.hardLine])
  }

  // MARK: Strokes

  private func sorted(_ modifiers: Modifiers) -> [Modifier] {
    ModifierID.allCases.compactMap { id in modifiers.list.first { $0.id == id } }
  }

  private func entry(_ entry: Paint.Entry) -> Document {
    let range = tokens.range(entry.tokens)
    let words = range.lowerBound..<range.lowerBound + 1 + (entry.isOff ? 1 : 0) + (entry.isErase ? 1 : 0)
    var modifiers = sorted(entry.modifiers)
    // A colour stands right behind its layer, without `with`.
    let color = entry.layer == .color ? modifiers.first { $0.id == .with } : nil
    guard let color else { return stroke(words, nil, modifiers) }
    modifiers.removeAll { $0.id == .with }
    let comments = color.isBare ? "" : tokens.inlineComments(tokens.first(color.tokens))
    return stroke(words, color.value, modifiers, comments: comments)
  }

  /// Words, a shape or colour behind comments, then modifiers.
  private func stroke(
    _ words: Range<Int>, _ value: Expression?, _ modifiers: [Modifier], comments: String = ""
  ) -> Document {
    // Where the shape can be broken, its modifiers stay in one piece behind it, but for another shape.
    let isBreakable = value.map(hasBracket) ?? false
    let rest =
      [value].compactMap(\.self).map { .sequence([.text(comments), expression($0)]) }
      + modifiers.map { isBreakable && $0.id != .to ? modifier($0).flatIfPossible : modifier($0) }
    let first = tokens.texts[words.lowerBound]
    guard words.count == 1, !rest.isEmpty else {
      return spaced(words.map { tokens.document($0, isFirst: $0 == words.lowerBound) } + rest)
    }
    // All layers' words as wide as the widest, so that shapes stand below one another.
    let width = 6
    let padded = first + String(repeating: " ", count: max(0, width - first.count))
    return .sequence([.ifBroken(padded + " ", flat: first + " "), spaced(rest)])
  }

  private func modifier(_ modifier: Modifier) -> Document {
    let word = tokens.document(tokens.first(modifier.tokens))
    return modifier.isBare ? expression(modifier.value) : spaced([word, expression(modifier.value)])
  }

  // MARK: Expressions

  /// An expression; where it is `isFirst`, the comments before its first token are printed elsewhere.
  func expression(_ value: Expression, isFirst: Bool = false) -> Document {
    let range = tokens.range(value.tokens)
    func token(_ index: Int) -> Document {
      tokens.document(index, isFirst: isFirst && index == range.lowerBound)
    }
    func bracket(from open: Int, _ elements: [Element], _ hasTrailingComma: Bool) -> Document {
      self.bracket(
        open..<range.upperBound, elements, hasTrailingComma: hasTrailingComma,
        isFirst: isFirst && open == range.lowerBound)
    }
    switch value.kind {
    case .number, .angle, .string, .bool, .color, .name: return token(range.lowerBound)
    case .point(let x, let y): return bracket(from: range.lowerBound, [element(x), element(y)], true)
    case .list(let elements): return bracket(from: range.lowerBound, elements.map(element), true)
    case .group(let inner): return bracket(from: range.lowerBound, [element(inner)], false)
    case .unary(_, let operand): return .sequence([token(range.lowerBound), expression(operand)])
    case .binary(let symbol, _, let left, let right):
      let parts = [
        expression(left, isFirst: isFirst), tokens.document(tokens.end(left.tokens)), expression(right),
      ]
      return symbol == .rangeClosed || symbol == .rangeHalfOpen ? .sequence(parts) : spaced(parts)
    case .conditional(let condition, let first, let second):
      return spaced([
        token(range.lowerBound), expression(condition), tokens.document(tokens.end(condition.tokens)),
        expression(first), tokens.document(tokens.end(first.tokens)), expression(second),
      ])
    case .member(let base, let name):
      return .sequence([
        expression(base, isFirst: isFirst), tokens.document(tokens.end(base.tokens)), identifier(name),
      ])
    case .index(let base, let index):
      let open = tokens.end(base.tokens)
      return .sequence([expression(base, isFirst: isFirst), bracket(from: open, [element(index)], false)])
    case .call(let callee, let arguments):
      let open = tokens.end(callee.tokens)
      return .sequence([
        expression(callee, isFirst: isFirst), bracket(from: open, arguments.map(element), true),
      ])
    case .missing: return .text(script.source.text(value.span))
    }
  }

  /// Whether an expression has brackets, which can be broken.
  private func hasBracket(_ value: Expression) -> Bool {
    switch value.kind {
    case .point, .list, .group, .index, .call: true
    case .unary, .binary, .conditional, .member: value.children.contains(where: hasBracket)
    default: false
    }
  }

  // MARK: Brackets

  /// What stands between two commas.
  private struct Element {
    var range: Range<Int>
    var document: Document
    /// Its tokens outside the brackets inside it.
    var outerTokens: [Int]
    /// Whether it begins with a parenthesis, as a point does.
    var isPoint: Bool
  }

  private func element(_ value: Expression) -> Element {
    Element(
      range: tokens.range(value.tokens), document: expression(value, isFirst: true),
      outerTokens: outerTokens(value), isPoint: beginsWithParenthesis(value))
  }

  private func element(_ argument: Argument) -> Element {
    guard let label = argument.label else { return element(argument.value) }
    let start = tokens.first(label.tokens)
    return Element(
      range: tokens.range(argument.tokens),
      document: spaced([
        .sequence([identifier(label, isFirst: true), tokens.document(start + 1)]), expression(argument.value),
      ]), outerTokens: [start, start + 1] + outerTokens(argument.value), isPoint: false)
  }

  private func element(_ parameter: Definition.Parameter) -> Element {
    let range = tokens.range(parameter.tokens)
    let value = parameter.defaultValue
    let end = value.map { tokens.first($0.tokens) } ?? range.upperBound
    return Element(
      range: range,
      document: spaced([typed(parameter.name, parameter.type, isFirst: true)] + (value.map(assigned) ?? [])),
      outerTokens: Array(range.lowerBound..<end) + (value.map(outerTokens) ?? []), isPoint: false)
  }

  private func parameters(of definition: Definition) -> Document {
    bracket(
      tokens.range(definition.parameterTokens), definition.parameters.map(element), hasTrailingComma: true,
      isFirst: false)
  }

  private func beginsWithParenthesis(_ value: Expression) -> Bool {
    switch value.kind {
    case .point, .group: true
    case .binary(_, _, let first, _), .member(let first, _), .index(let first, _), .call(let first, _):
      beginsWithParenthesis(first)
    default: false
    }
  }

  private func outerTokens(_ value: Expression) -> [Int] {
    let range = tokens.range(value.tokens)
    switch value.kind {
    case .point, .group, .list, .string: return [range.lowerBound]
    case .call(let base, _), .index(let base, _): return outerTokens(base) + [tokens.end(base.tokens)]
    default:
      // The tokens between the operands, and those of the operands.
      var result: [Int] = []
      var next = range.lowerBound
      for operand in value.children {
        result += next..<tokens.first(operand.tokens)
        result += outerTokens(operand)
        next = tokens.end(operand.tokens)
      }
      return result + (next..<range.upperBound)
    }
  }

  /// How many points a line may hold before each gets its own.
  private static let pointLimit = 8

  private func bracket(
    _ range: Range<Int>, _ elements: [Element], hasTrailingComma: Bool, isFirst: Bool
  ) -> Document {
    let close = range.upperBound - 1
    let gaps = gaps(of: elements, close: close)
    var mustBreak = elements.count { $0.isPoint } > Self.pointLimit
    mustBreak = mustBreak || gaps.contains { !$0.above.isEmpty || $0.behind.contains(where: \.needsLine) }
    var body: [Document] = []
    for (number, element) in elements.enumerated() {
      let gap = gaps[number]
      body += gap.behind.map { .text(" " + $0.text) }
      body.append(number == 0 ? .softLine : .line)
      // On lines of their own: comments before the element, and those inside that end a line.
      let inside = element.outerTokens.dropFirst().flatMap { tokens.comments[$0].filter(\.needsLine) }
      mustBreak = mustBreak || !inside.isEmpty
      body += (gap.above + inside).flatMap { [.text($0.text), .line] }
      body += gap.before.map { .text($0.text + " ") }
      body.append(element.document)
      if number < elements.count - 1 {
        body.append(.text(","))
      } else if hasTrailingComma {
        body.append(.ifBroken(",", flat: ""))
      }
    }
    body += gaps[elements.count].behind.map { .text(" " + $0.text) }
    body += gaps[elements.count].above.flatMap { [.line, .text($0.text)] }
    let open = tokens.texts[range.lowerBound]
    // Where the bracket has to break, its line breaks are sure.
    let end: Document = mustBreak ? .hardLine : .softLine
    let inner: Document = .sequence([
      .text(open), .indented(.sequence(mustBreak ? body.map(\.broken) : body)), end,
      .text(tokens.texts[close]),
    ])
    let comments = isFirst ? "" : tokens.inlineComments(range.lowerBound)
    return comments.isEmpty ? .group(inner) : .sequence([.text(comments), .group(inner)])
  }

  /// The comments between two elements of a bracket, in order, by where they are printed.
  private struct Gap {
    /// On the line of the element before, behind its comma.
    var behind: [FormattedTokens.Comment] = []
    /// Each on a line of its own.
    var above: [FormattedTokens.Comment] = []
    /// On the line of the element that follows.
    var before: [FormattedTokens.Comment] = []
  }

  /// What stands before each element and before the closing bracket. A comment that a gap puts somewhere is put there
  /// again when the formatted text is read: commas move, so those on either side of one are a single list.
  private func gaps(of elements: [Element], close: Int) -> [Gap] {
    guard let first = elements.first, let last = elements.last else {
      return [Gap(above: tokens.comments[close])]
    }
    var opening = Gap()
    (opening.above, opening.before) = divided(tokens.comments[first.range.lowerBound]) {
      $0.isOwnLine && $0.endsLine
    }
    let between = zip(elements, elements.dropFirst()).map { element, next in
      var gap = Gap()
      let (rest, before) = divided(tokens.comments[next.range.lowerBound], byLine: \.endsLine)
      let all = tokens.comments[element.range.upperBound] + rest
      gap.behind = trailing(all) { $0.isOwnLine || !$0.isLine && $0.needsLine }
      gap.above = Array(all.dropFirst(gap.behind.count))
      gap.before = before
      return gap
    }
    let comma = last.range.upperBound
    let all = (comma < close ? tokens.comments[comma] : []) + tokens.comments[close]
    var closing = Gap()
    closing.behind = trailing(all, endedBy: \.isOwnLine)
    closing.above = Array(all.dropFirst(closing.behind.count))
    return [opening] + between + [closing]
  }

  /// Comments before an element: those that have to stand on lines above it, and those on its own line.
  private func divided(
    _ comments: [FormattedTokens.Comment], byLine isAbove: (FormattedTokens.Comment) -> Bool
  ) -> (above: [FormattedTokens.Comment], before: [FormattedTokens.Comment]) {
    let count = comments.lastIndex { $0.needsLine || isAbove($0) }.map { $0 + 1 } ?? 0
    return (Array(comments.prefix(count)), Array(comments.dropFirst(count)))
  }

  /// The comments that stay on the line of what they follow: up to one that does not, or behind a `//`.
  private func trailing(
    _ comments: [FormattedTokens.Comment], endedBy isOff: (FormattedTokens.Comment) -> Bool
  ) -> [FormattedTokens.Comment] {
    let end = comments.firstIndex(where: isOff) ?? comments.count
    let line = comments.firstIndex(where: \.isLine).map { $0 + 1 } ?? comments.count
    return Array(comments.prefix(min(end, line)))
  }
}
