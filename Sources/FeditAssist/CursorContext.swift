import FeditSyntax

/// What the tokens before a place say about it. Works on tokens and not on nodes, since what is being typed is
/// seldom complete: of `mask circle(` the tree knows only that something is missing.
struct CursorContext {
  enum Surface {
    case code, comment, number
    /// Inside a string; the span is its text up to the place, without the quote.
    case string(Span)
  }

  enum Block { case top, edit, procedure, paint }

  /// An open bracket.
  struct Opening {
    var symbol: UInt8
    /// Its index in `significant`.
    var index: Int
    /// Where its statement begins in `significant`.
    var statementStart: Int
    /// What a `{` opens; for others what they stand in.
    var block: Block
  }

  let source: SourceText
  private(set) var surface = Surface.code
  /// The word at the place; empty where there is none.
  private(set) var word: Span
  /// The tokens before the word that are not trivia.
  private(set) var significant: [Token] = []
  /// Where the statement begins in `significant`; its end where nothing of it is there yet.
  private(set) var statementStart = 0
  private(set) var openings: [Opening] = []
  /// The strings whose code the place is in, or was in so far.
  private var strings: [OpenString] = []

  private struct OpenString {
    /// Where it begins in the source.
    var start: Int
    /// What there was before it.
    var significant, openings, statementStart: Int
  }

  init(_ tokens: [Token], in source: SourceText, at offset: Int) {
    self.source = source
    word = Span(offset, offset)
    var sawNewline = false
    for (index, token) in tokens.enumerated() {
      guard token.kind != .endOfFile, token.span.start < offset else { break }
      if token.span.end >= offset {
        switch token.kind {
        case .lineComment: surface = .comment
        case .blockComment where token.span.end > offset: surface = .comment
        case .identifier: word = token.span
        case .number, .angle, .color: surface = .number
        case .string, .stringTail, .stringHead, .stringMiddle:
          let endsInText = token.kind == .string || token.kind == .stringTail
          if token.span.end > offset || endsInText && !isClosed(token) {
            stop(in: token, at: offset)
            return
          }
        default: break
        }
        if case .code = surface, token.kind != .identifier {} else { break }
      }
      switch token.kind {
      case .newline: sawNewline = true
      case .blockComment, .lineComment, .space, .unknown: break
      default:
        if sawNewline { lineBreak(before: token, tokens, index) }
        sawNewline = false
        switch token.kind {
        case .stringHead: open(token, from: token.span.start)
        case .stringMiddle: open(token, from: close(token).start)
        case .stringTail: significant.append(Token(.string, close(token)))
        default: add(token)
        }
      }
    }
    if sawNewline { lineBreak(before: nil, tokens, tokens.count) }
  }

  var block: Block { openings.last { $0.symbol == UInt8(ascii: "{") }?.block ?? .top }

  /// The last token of the statement before the word.
  var last: Token? { significant.count > statementStart ? significant.last : nil }

  func text(_ token: Token) -> String { source.text(token.span) }

  func text(at index: Int) -> String? {
    significant.indices.contains(index) ? text(significant[index]) : nil
  }

  /// The statement's first word, `off` and `erase` passed over.
  var head: String? {
    var index = statementStart
    while let word = text(at: index), word == "off" || word == "erase" { index += 1 }
    return text(at: index)
  }

  // MARK: Reading

  private mutating func add(_ token: Token) {
    let byte = token.span.end == token.span.start + 1 ? source.utf8[token.span.start] : 0
    if token.kind == .semicolon {
      significant.append(token)
      statementStart = significant.count
      return
    }
    guard token.kind == .punctuation else {
      significant.append(token)
      return
    }
    switch byte {
    case UInt8(ascii: "("), UInt8(ascii: "["):
      openings.append(
        Opening(symbol: byte, index: significant.count, statementStart: statementStart, block: block))
    case UInt8(ascii: ")"), UInt8(ascii: "]"):
      let open = byte == UInt8(ascii: ")") ? UInt8(ascii: "(") : UInt8(ascii: "[")
      if openings.last?.symbol == open { openings.removeLast() }
    case UInt8(ascii: "{"):
      dropParentheses()
      let inner: Block =
        switch head {
        case "edit": .edit
        case "def": .procedure
        case "paint": .paint
        default: block
        }
      openings.append(
        Opening(symbol: byte, index: significant.count, statementStart: statementStart, block: inner))
      significant.append(token)
      statementStart = significant.count
      return
    case UInt8(ascii: "}"):
      dropParentheses()
      if openings.last != nil { openings.removeLast() }
      significant.append(token)
      statementStart = significant.count
      return
    default: break
    }
    significant.append(token)
  }

  private mutating func dropParentheses() {
    while let last = openings.last, last.symbol != UInt8(ascii: "{") { openings.removeLast() }
  }

  private mutating func lineBreak(before token: Token?, _ tokens: [Token], _ index: Int) {
    if let last = openings.last, last.symbol != UInt8(ascii: "{") {
      // A line that plainly begins a statement: the bracket above was never closed.
      guard let token, token.kind == .identifier, Keyword.statements.contains(text(token)),
        let next = tokens[(index + 1)...].first(where: { $0.kind != .space }),
        next.kind == .identifier || next.kind == .string
      else { return }
      dropParentheses()
    }
    statementStart = significant.count
  }

  private func isClosed(_ token: Token) -> Bool {
    token.span.end > token.span.start + 1 && source.utf8[token.span.end - 1] == UInt8(ascii: "\"")
  }

  /// Goes into the code of a string; its parenthesis keeps statements out.
  private mutating func open(_ piece: Token, from start: Int) {
    strings.append(
      OpenString(
        start: start, significant: significant.count, openings: openings.count, statementStart: statementStart
      ))
    statementStart = significant.count
    openings.append(
      Opening(
        symbol: UInt8(ascii: "("), index: significant.count, statementStart: statementStart, block: block))
    significant.append(Token(.punctuation, Span(piece.span.end - 1, piece.span.end)))
  }

  /// Goes out of the code of a string.
  ///
  /// - Returns: the string up to a piece.
  @discardableResult
  private mutating func close(_ piece: Token) -> Span {
    guard let string = strings.popLast() else { return piece.span }
    significant.removeSubrange(string.significant...)
    openings.removeSubrange(min(string.openings, openings.count)...)
    statementStart = string.statementStart
    return Span(string.start, piece.span.end)
  }

  /// Stops in the text of a string.
  private mutating func stop(in piece: Token, at offset: Int) {
    if piece.kind == .stringMiddle || piece.kind == .stringTail { close(piece) }
    surface = .string(Span(piece.span.start + 1, offset))
  }

  // MARK: Operands

  /// Whether the token at an index ends a value, so that an operator or a modifier may follow.
  func endsOperand(_ index: Int) -> Bool {
    guard significant.indices.contains(index), index >= statementStart else { return false }
    let token = significant[index]
    switch token.kind {
    case .number, .angle, .string, .color: return true
    case .punctuation: return [")", "]", "}"].contains(text(token))
    case .identifier:
      let word = text(token)
      if word == "true" || word == "false" || word == "none" { return true }
      if index > 0, text(at: index - 1) == "." { return true }
      if Keyword.reserved.contains(word) { return false }
      if index == statementStart { return !Keyword.statements.contains(word) }
      if Keyword.contextual.contains(word) {
        if index == statementStart + 1, let spec = text(at: statementStart).flatMap(Language.statement),
          spec.firstWords.contains(word)
        {
          return false
        }
        return !endsOperand(index - 1)
      }
      return true
    default: return false
    }
  }

  // MARK: Calls

  /// A call whose parentheses are open.
  struct Call {
    /// The index of its name in `significant`.
    var name: Int
    /// The index of its `(`.
    var parenthesis: Int
    /// Labels of the arguments so far, the one being written included.
    var labels: [String?]
    /// Whether a label could stand here: nothing of the argument is there yet.
    var isAtArgumentStart: Bool
  }

  /// The innermost call whose arguments are being written; where `isDirect`, only if no other
  /// bracket is open inside it.
  func call(isDirect: Bool) -> Call? {
    for opening in openings.reversed() {
      if opening.symbol == UInt8(ascii: "(") {
        let name = opening.index - 1
        if name >= 0, significant[name].kind == .identifier,
          significant[name].span.end == significant[opening.index].span.start,
          text(at: name - 1) != "def", !Keyword.reserved.contains(text(significant[name]))
        {
          return call(name, opening.index)
        }
      }
      if isDirect || opening.symbol == UInt8(ascii: "{") { return nil }
    }
    return nil
  }

  private func call(_ name: Int, _ parenthesis: Int) -> Call {
    var labels: [String?] = [nil]
    var depth = 0
    var isAtStart = true
    var index = parenthesis + 1
    while index < significant.count {
      let word = text(significant[index])
      if significant[index].kind == .punctuation {
        switch word {
        case "(", "[": depth += 1
        case ")", "]": depth -= 1
        case "," where depth == 0:
          labels.append(nil)
          isAtStart = true
          index += 1
          continue
        default: break
        }
      } else if isAtStart, significant[index].kind == .identifier, text(at: index + 1) == ":" {
        labels[labels.count - 1] = word
        index += 2
        isAtStart = false
        continue
      }
      isAtStart = false
      index += 1
    }
    return Call(name: name, parenthesis: parenthesis, labels: labels, isAtArgumentStart: isAtStart)
  }
}
