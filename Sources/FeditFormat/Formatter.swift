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
  return formatted(result.tree)
}

/// A script's tree in fedit's one style; the tree is one of a script without syntax errors.
public func formatted(_ tree: SyntaxTree) -> String {
  let formatter = Formatter(tree)
  let text = Layout.text(of: formatter.script())
  let trimmed = text.drop { $0 == "\n" }
  return trimmed.isEmpty ? "" : trimmed + "\n"
}

/// Turns the tokens of a tree into a document: only spaces, line breaks, the order of modifiers and
/// trailing commas are its own, all else is the source's.
struct Formatter {
  /// A comment before a token.
  private struct Comment {
    var text: String
    var isLine: Bool
    /// Whether it begins its line.
    var isOwnLine: Bool
    var hasBlankLineBefore: Bool
    /// Whether a line break follows.
    var endsLine = false
    /// Whether it ends its line or reaches over several.
    var needsLine: Bool { isLine || text.contains("\n") }
  }

  private let source: SourceText
  private let root: SyntaxTree.Node
  /// Tokens that are no trivia, the last an `endOfFile`.
  private var tokens: [Token] = []
  private var texts: [String] = []
  private var comments: [[Comment]] = []
  private var hasBlankLineBefore: [Bool] = []
  private var isFirstOnLine: [Bool] = []
  /// The index of the bracket that belongs to a bracket.
  private var partner: [Int] = []
  /// From an index into the tree's tokens to one of ours.
  private var indices: [Int] = []

  init(_ tree: SyntaxTree) {
    source = tree.source
    root = tree.root
    var pending: [Comment] = []
    var newlines = 2
    var sawNewline = true
    var open: [Int] = []
    for token in tree.tokens {
      indices.append(tokens.count)
      switch token.kind {
      case .newline:
        newlines += 1
        if newlines == 1, !pending.isEmpty { pending[pending.count - 1].endsLine = true }
        sawNewline = true
      case .space, .unknown: break
      case .lineComment, .blockComment:
        let lines = source.text(token.span).replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        let isLine = token.kind == .lineComment
        let text = isLine ? String(lines.reversed().drop { $0 == " " || $0 == "\t" }.reversed()) : lines
        pending.append(
          Comment(text: text, isLine: isLine, isOwnLine: newlines > 0, hasBlankLineBefore: newlines > 1))
        newlines = 0
        if text.contains("\n") { sawNewline = true }
      default:
        let index = tokens.count
        tokens.append(token)
        let text = source.text(token.span)
        texts.append(token.kind == .color ? text.lowercased() : text)
        comments.append(pending)
        hasBlankLineBefore.append(newlines > 1)
        isFirstOnLine.append(sawNewline)
        partner.append(index)
        pending = []
        newlines = 0
        sawNewline = false
        guard token.kind == .punctuation else { continue }
        switch text {
        case "(", "[", "{": open.append(index)
        case ")", "]", "}":
          if let start = open.popLast() {
            partner[index] = start
            partner[start] = index
          }
        default: break
        }
      }
    }
    indices.append(tokens.count)
  }

  // MARK: Statements

  func script() -> Document {
    .sequence(statements(root.children, closedBy: tokens.count - 1, isPaint: false, isFirstInFile: true))
  }

  private func range(_ node: SyntaxTree.Node) -> Range<Int> {
    indices[
      node.tokens.lowerBound]..<max(indices[node.tokens.lowerBound], indices[node.tokens.upperBound - 1] + 1)
  }

  /// Lines of statements with the comments between them, each after a line break.
  /// The token `end` behind them is a `}` or the end of the file.
  private func statements(
    _ nodes: [SyntaxTree.Node], closedBy end: Int, isPaint: Bool, isFirstInFile: Bool
  ) -> [Document] {
    var result: [Document] = []
    var isFirst = true
    func startLine(_ blank: Bool) {
      if blank, !isFirst { result.append(.blankLine) }
      // The file's first line needs no break; it is trimmed.
      result.append(.hardLine)
      isFirst = false
    }
    /// Comments before a token: those behind what precedes on its line, then those on lines of their own.
    func put(_ list: [Comment], behind: Bool) {
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
    for node in nodes {
      let range = self.range(node)
      var blank = hasBlankLineBefore[range.lowerBound]
      if let previousEnd {
        // Semicolons between; what stands behind one on its line belongs to the statement before it.
        for index in previousEnd..<range.lowerBound {
          put(comments[index], behind: true)
          blank = blank || hasBlankLineBefore[index]
        }
        let mine = comments[range.lowerBound]
        let isBehindSemicolon = previousEnd < range.lowerBound
        put(mine, behind: !isBehindSemicolon || mine.allSatisfy(\.isLine))
      } else {
        put(comments[range.lowerBound], behind: !isFirstInFile)
      }
      startLine(blank)
      result.append(statement(node, isEntry: isPaint))
      previousEnd = range.upperBound
    }
    let start = previousEnd ?? end
    for index in start..<end { put(comments[index], behind: previousEnd != nil) }
    put(comments[end], behind: previousEnd != nil || !isFirstInFile)
    return result
  }

  /// A statement in pieces: its own tokens, its blocks, and after `else` the next `if`.
  private func statement(_ node: SyntaxTree.Node, isEntry: Bool) -> Document {
    let range = self.range(node)
    let children = node.children.filter { $0.kind == .block || $0.kind == .statement }
    let first = texts[range.lowerBound]
    let isPaint = !isEntry && (first == "paint" || first == "off" && texts[range.lowerBound + 1] == "paint")
    var parts: [Document] = []
    var position = range.lowerBound
    for child in children {
      let inner = self.range(child)
      let own = Array(position..<inner.lowerBound)
      if !own.isEmpty {
        parts.append(joint(before: own[0], isFirst: position == range.lowerBound))
        parts.append(header(own, isEntry: isEntry, isFirst: position == range.lowerBound))
      }
      if child.kind == .block {
        if isPaint, inner.upperBound < range.upperBound {
          // The label stands before the block.
          parts.append(.text(" "))
          let label = Array(inner.upperBound..<range.upperBound)
          parts.append(line(label, keywords(label, isEntry: false, isFirst: false), withComments: true))
        }
        parts.append(.text(" "))
        parts.append(block(child, isPaint: isPaint))
      } else {
        parts.append(.text(" "))
        parts.append(statement(child, isEntry: false))
      }
      position = inner.upperBound
    }
    if position < range.upperBound, !(isPaint && !children.isEmpty) {
      parts.append(joint(before: position, isFirst: position == range.lowerBound))
      parts.append(
        header(Array(position..<range.upperBound), isEntry: isEntry, isFirst: position == range.lowerBound))
    }
    return .sequence(parts)
  }

  /// What stands between a block and the `else` behind it: a space, or lines of comments.
  private func joint(before index: Int, isFirst: Bool) -> Document {
    if isFirst { return .sequence([]) }
    guard comments[index].contains(where: \.needsLine) else { return .text(" ") }
    var parts: [Document] = []
    for comment in comments[index] {
      parts += comment.isOwnLine ? [.hardLine] : [.text(" ")]
      parts.append(.text(comment.text))
    }
    return .sequence(parts + [.hardLine])
  }

  /// `{ … }`: on one line if it stood on one and holds one statement (or is a `paint`'s).
  private func block(_ node: SyntaxTree.Node, isPaint: Bool) -> Document {
    let range = self.range(node)
    let open = range.lowerBound
    let close = range.upperBound - 1
    let inside = (open + 1)...close
    let hasComments = inside.contains { !comments[$0].isEmpty }
    let children = node.children.filter { $0.kind == .statement }
    if children.isEmpty, !hasComments { return .text("{ }") }
    let isOneLine = !inside.contains { isFirstOnLine[$0] } && !hasComments
    if isOneLine, children.count == 1 || isPaint {
      var parts: [Document] = []
      for (index, child) in children.enumerated() {
        if index > 0 { parts.append(.ifBroken("", flat: ";")) }
        parts.append(.line)
        parts.append(statement(child, isEntry: isPaint))
      }
      return .group(.sequence([.text("{"), .indented(.sequence(parts)), .line, .text("}")]))
    }
    let lines = statements(children, closedBy: close, isPaint: isPaint, isFirstInFile: false)
    return .sequence([.text("{"), .indented(.sequence(lines)), .hardLine, .text("}")])
  }

  // MARK: A statement's own tokens

  private static let layers = Set(LayerKeyword.allCases.map(\.rawValue))

  /// Modifiers in their order.
  private static func modifiers(isEntry: Bool) -> [String] {
    Language.modifiers.filter { isEntry ? $0.isForEntries : $0.isForStrokes }.map(\.keyword)
  }

  private static let choice: Set<String> = ["if", "then", "else"]

  /// Which tokens, outside brackets, are words of the language here and not names.
  private func keywords(_ own: [Int], isEntry: Bool, isFirst: Bool) -> Set<Int> {
    var result: Set<Int> = []
    var endsValue = false
    var lastKeyword = ""
    var position = 0
    while position < own.count {
      let index = own[position]
      let text = texts[index]
      var keyword = ""
      switch tokens[index].kind {
      case .identifier:
        let follows: Set<String> =
          switch lastKeyword {
          case "off": Self.layers.union(["erase", "paint"])
          case "erase": Self.layers
          case "mask", "sketch", "color": isEntry ? Set(Self.modifiers(isEntry: true)) : []
          default: Language.statement(lastKeyword).map { Set($0.firstWords) } ?? []
          }
        if Self.choice.contains(text) || endsValue || follows.contains(text)
          || position == 0 && isFirst && Keyword.statements.contains(text)
        {
          keyword = text
          result.insert(index)
          endsValue = false
        } else {
          endsValue = true
        }
      case .number, .angle, .string, .color: endsValue = true
      case .punctuation:
        if text == "(" || text == "[" {
          position = own.firstIndex(of: partner[index]) ?? position
          endsValue = true
        } else {
          endsValue = false
        }
      default: endsValue = false
      }
      lastKeyword = keyword
      position += 1
    }
    return result
  }

  private func header(_ own: [Int], isEntry: Bool, isFirst: Bool) -> Document {
    let keywords = self.keywords(own, isEntry: isEntry, isFirst: isFirst)
    guard isFirst, let first = own.first else { return line(own, keywords) }
    let isStroke = isEntry || Self.layers.contains(texts[first]) || ["off", "erase"].contains(texts[first])
    guard isStroke, keywords.contains(first) else { return line(own, keywords) }
    // Words, shape, then modifiers in one order.
    let modifiers = Self.modifiers(isEntry: isEntry)
    var starts = own.indices.filter {
      $0 > 0 && keywords.contains(own[$0]) && modifiers.contains(texts[own[$0]])
    }
    let end = starts.first ?? own.count
    var head = Array(own[..<end])
    starts.append(own.count)
    var pieces: [(order: Int, tokens: [Int])] = []
    for (start, next) in zip(starts, starts.dropFirst()) {
      let order = modifiers.firstIndex(of: texts[own[start]]) ?? 0
      pieces.append((order, Array(own[start..<next])))
    }
    pieces.sort { $0.order < $1.order }
    // In a `paint` block a colour stands right behind its layer, without `with`.
    if isEntry, head.last.map({ texts[$0] == "color" }) == true, let color = pieces.first, color.order == 0 {
      head += color.tokens.dropFirst().map { $0 }
      pieces.removeFirst()
    }
    // A colour that a modifier separated from its layer: `color grown 2 #fff`.
    if isEntry, head.count == 1, texts[head[0]] == "color" {
      for index in pieces.indices where pieces[index].tokens.count > 1 {
        if let split = valueEnd(pieces[index].tokens), split < pieces[index].tokens.count {
          head += pieces[index].tokens[split...]
          pieces[index].tokens.removeSubrange(split...)
          break
        }
      }
    }
    let ordered = pieces.flatMap(\.tokens)
    // Where the shape can be broken, its modifiers stay in one piece behind it.
    let isBreakable = head.contains { ["(", "["].contains(texts[$0]) && tokens[$0].kind == .punctuation }
    let whole = isBreakable ? Set(ordered) : []
    var parts: [Document] = []
    if keywords.contains(head[0]), Self.layers.contains(texts[head[0]]), head.count > 1 || !ordered.isEmpty {
      // All layers' words as wide as the widest, so that shapes stand below one another.
      let width = 6
      let word = texts[head[0]]
      let padded = word + String(repeating: " ", count: max(0, width - word.count))
      parts.append(.ifBroken(padded + " ", flat: word + " "))
      parts.append(line(Array(head.dropFirst()) + ordered, keywords, withComments: true, whole: whole))
    } else {
      parts.append(line(head + ordered, keywords, whole: whole))
    }
    return .sequence(parts)
  }

  /// Where, in the tokens of a modifier with its value, a second value begins.
  private func valueEnd(_ piece: [Int]) -> Int? {
    var endsValue = false
    var position = 1
    while position < piece.count {
      let index = piece[position]
      switch tokens[index].kind {
      case .identifier, .number, .angle, .string, .color:
        if endsValue { return position }
        endsValue = true
      case .punctuation:
        if texts[index] == "(" || texts[index] == "[" {
          position = piece.firstIndex(of: partner[index]) ?? position
          endsValue = true
        } else {
          endsValue = false
        }
      default: break
      }
      position += 1
    }
    return nil
  }

  /// Block comments that stay in their line, before a token.
  private func inlineComments(_ index: Int) -> String {
    comments[index].filter { !$0.needsLine }.map { $0.text + " " }.joined()
  }

  /// Tokens on a line, brackets as groups that may break, but for those in `whole`, which only comments break;
  /// `withComments` prints those before the first token here, too.
  private func line(
    _ own: [Int], _ keywords: Set<Int>, withComments: Bool = false, whole: Set<Int> = []
  ) -> Document {
    var parts: [Document] = []
    var previous: Int?
    var isUnary = false
    var position = 0
    while position < own.count {
      let index = own[position]
      let text = texts[index]
      if let previous, hasSpace(previous, index, keywords, isUnary) { parts.append(.text(" ")) }
      isUnary =
        (text == "-" || text == "!") && tokens[index].kind == .punctuation && !endsValue(previous, keywords)
      if previous != nil || withComments { parts.append(.text(inlineComments(index))) }
      if tokens[index].kind == .punctuation, text == "(" || text == "[" {
        let close = partner[index]
        let group = bracket(index, close, isCallOrList: isCallOrList(index, previous, keywords))
        parts.append(whole.contains(index) && !group.hasHardLine ? group.flat : group)
        position = own.firstIndex(of: close) ?? position
        previous = close
      } else {
        parts.append(.text(text))
        previous = index
      }
      position += 1
    }
    return .sequence(parts)
  }

  private func endsValue(_ index: Int?, _ keywords: Set<Int>) -> Bool {
    guard let index else { return false }
    switch tokens[index].kind {
    case .number, .angle, .string, .color: return true
    case .identifier: return !keywords.contains(index) && !Self.choice.contains(texts[index])
    case .punctuation: return texts[index] == ")" || texts[index] == "]"
    default: return false
    }
  }

  private func hasSpace(_ left: Int, _ right: Int, _ keywords: Set<Int>, _ isUnary: Bool) -> Bool {
    if isUnary { return false }
    let before = tokens[left].kind == .punctuation ? texts[left] : ""
    let after = tokens[right].kind == .punctuation ? texts[right] : ""
    switch after {
    case ")", "]", ",", ":", ".", "..<", "...": return false
    case "(", "[":
      // Behind a value an argument list or an index; else a value of its own.
      if endsValue(left, keywords) { return false }
    default: break
    }
    switch before {
    case "(", "[", ".", "..<", "...": return false
    default: return true
    }
  }

  /// Whether a bracket may have a trailing comma: of a call, a list, a definition's parameters.
  private func isCallOrList(_ open: Int, _ previous: Int?, _ keywords: Set<Int>) -> Bool {
    texts[open] == "[" ? !endsValue(previous, keywords) : endsValue(previous, keywords)
  }

  // MARK: Brackets

  /// How many points a line may hold before each gets its own.
  private static let pointLimit = 8

  private func bracket(_ open: Int, _ close: Int, isCallOrList: Bool) -> Document {
    let empty: Set<Int> = []
    var elements: [[Int]] = []
    var commas: [Int] = []
    var current: [Int] = []
    var index = open + 1
    while index < close {
      let text = texts[index]
      if tokens[index].kind == .punctuation, text == "," {
        elements.append(current)
        commas.append(index)
        current = []
      } else {
        let end = tokens[index].kind == .punctuation && (text == "(" || text == "[") ? partner[index] : index
        current += index...end
        index = end
      }
      index += 1
    }
    if !current.isEmpty { elements.append(current) }
    let hasTrailingComma = isCallOrList || elements.count > 1
    let points = elements.filter { texts[$0[0]] == "(" }.count
    var mustBreak = points > Self.pointLimit
    var body: [Document] = []
    for (number, element) in elements.enumerated() {
      let first = element[0]
      // On lines of their own: comments before the element, and those inside that end a line.
      let before = comments[first].filter {
        number == 0
          ? $0.needsLine || $0.isOwnLine && $0.endsLine
          : $0.isOwnLine ? $0.endsLine : !$0.isLine && $0.needsLine
      }
      let inside = nestedComments(element)
      body.append(number == 0 ? .softLine : .line)
      for comment in before + inside {
        mustBreak = true
        body.append(.text(comment.text))
        body.append(.line)
      }
      for comment in comments[first]
      where !comment.needsLine && !(comment.endsLine && (comment.isOwnLine || number > 0)) {
        body.append(.text(comment.text + " "))
      }
      body.append(line(element, empty))
      let isLast = number == elements.count - 1
      if !isLast {
        body.append(.text(","))
      } else if hasTrailingComma {
        body.append(.ifBroken(",", flat: ""))
      }
      // Behind the element: before its comma, and on the comma's line before what follows.
      var behind: [Comment] = []
      if number < commas.count { behind += comments[commas[number]] }
      let next = isLast ? close : elements[number + 1][0]
      behind += comments[next].filter {
        !$0.isOwnLine && ($0.isLine || isLast || $0.endsLine && !$0.needsLine)
      }
      for comment in behind {
        if comment.needsLine { mustBreak = true }
        if comment.isOwnLine {
          mustBreak = true
          body.append(.line)
          body.append(.text(comment.text))
        } else {
          body.append(.text(" " + comment.text))
        }
      }
    }
    let last = comments[close].filter { elements.isEmpty || $0.isOwnLine }
    for comment in last {
      mustBreak = true
      body.append(.line)
      body.append(.text(comment.text))
    }
    let inner: Document = .sequence([
      .text(texts[open]), .indented(.sequence(body)), .softLine, .text(texts[close]),
    ])
    guard mustBreak else { return .group(inner) }
    return .group(
      .sequence([.text(texts[open]), .indented(.sequence(body.map(broken))), .hardLine, .text(texts[close])]))
  }

  /// A line break that is sure, for a bracket that has to break.
  private func broken(_ part: Document) -> Document {
    switch part {
    case .line, .softLine: .hardLine
    default: part
    }
  }

  /// Comments inside an element that end their line and so have to stand before it.
  private func nestedComments(_ element: [Int]) -> [Comment] {
    var result: [Comment] = []
    var end = -1
    for (place, index) in element.enumerated() where index > end {
      if place > 0 { result += comments[index].filter(\.needsLine) }
      // What stands in a bracket inside, that bracket prints.
      if tokens[index].kind == .punctuation, texts[index] == "(" || texts[index] == "[" {
        end = partner[index]
      }
    }
    return result
  }
}
