/// Cuts a source text into tokens without losing a byte.
public struct Lexer {
  private let source: SourceText
  private let bytes: [UInt8]
  private var position: Int
  private var end: Int
  private var tokens: [Token] = []
  private var diagnostics: [Diagnostic] = []
  /// Where the token that is being read begins.
  private var tokenStart = 0
  /// How many strings are open around the position.
  private var nesting = 0

  /// How many strings inside one another are taken apart: more than the parser goes into.
  private static let nestingLimit = 12

  private init(_ source: SourceText, _ range: Span) {
    self.source = source
    bytes = source.utf8
    position = range.start
    end = range.end
  }

  /// All tokens of a text, or of a part of it, closed by an `endOfFile` token.
  public static func tokenize(_ source: SourceText, _ range: Span? = nil) -> (
    tokens: [Token], diagnostics: [Diagnostic]
  ) {
    var lexer = Lexer(source, range ?? Span(0, source.utf8.count))
    lexer.run()
    return (lexer.tokens, lexer.diagnostics)
  }

  private mutating func run() {
    tokens.reserveCapacity((end - position) / 3)
    while position < end { readToken() }
    // The last line with a message, for each string that is open.
    var lastLines = [-1]
    for token in tokens {
      switch token.kind {
      case .stringHead: lastLines.append(-1)
      case .stringMiddle: lastLines[lastLines.count - 1] = -1
      case .stringTail: lastLines.removeLast()
      default: break
      }
      guard token.kind == .unknown else { continue }
      // One message a line: quotes come in pairs.
      let line = source.lineIndex(of: token.span.start)
      guard line != lastLines.last else { continue }
      lastLines[lastLines.count - 1] = line
      let text = source.text(token.span)
      diagnostics.append(
        Diagnostic(
          .unexpectedCharacter, "unexpected '\(escapingControlCharacters(text))'",
          at: SourceRange(source, token.span),
          hints: [hint(forUnknown: text, token.span)]))
    }
    tokens.append(Token(.endOfFile, Span(end, end)))
  }

  private mutating func readToken() {
    tokenStart = position
    let kind = next()
    // A run of strange characters is one token and one message.
    if kind == .unknown, let last = tokens.last, last.kind == .unknown, last.span.end == tokenStart {
      tokens[tokens.count - 1].span.end = position
    } else {
      tokens.append(Token(kind, Span(tokenStart, position)))
    }
  }

  /// What a person meant who wrote a character of other languages.
  private func hint(forUnknown text: String, _ span: Span) -> Diagnostic.Hint {
    if text.contains(where: { "\u{201C}\u{201D}\u{201E}\u{2018}\u{2019}'`".contains($0) }) {
      return Diagnostic.Hint("put text in straight double quotes: \"portrait.png\"")
    }
    if text == "|" { return Diagnostic.Hint("'or' is written ||; shapes are united with +") }
    if text == "?" { return Diagnostic.Hint("a choice is written: if CONDITION then A else B") }
    if text == "\u{2026}" {
      return Diagnostic.Hint("a range is written with three dots", edits: [Diagnostic.Edit(span, "...")])
    }
    return Diagnostic.Hint("remove it", edits: [Diagnostic.Edit(span, "")])
  }

  private func peek(_ offset: Int = 0) -> UInt8 {
    position + offset < end ? bytes[position + offset] : 0
  }

  private mutating func next() -> TokenKind {
    let byte = bytes[position]
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"):
      while position < end, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
      return .space
    case UInt8(ascii: "\n"):
      position += 1
      return .newline
    case UInt8(ascii: "\r"):
      position += peek(1) == UInt8(ascii: "\n") ? 2 : 1
      return .newline
    case UInt8(ascii: ";"):
      position += 1
      return .semicolon
    case UInt8(ascii: "\""):
      return string()
    case UInt8(ascii: "#"):
      let start = position
      position += 1
      while position < end, isIdentifierByte(bytes[position]) { position += 1 }
      let digits = bytes[(start + 1)..<position]
      if !(digits.count == 3 || digits.count == 6) || !digits.allSatisfy(isHexDigit) {
        report(
          .invalidColor, "invalid colour: write #rgb or #rrggbb", Span(start, position),
          "put three or six hexadecimal digits after the '#'")
      }
      return .color
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      return number()
    case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
      while position < end, bytes[position] != 0x0A, bytes[position] != 0x0D { position += 1 }
      return .lineComment
    case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
      blockComment()
      return .blockComment
    default:
      if isIdentifierStart(byte), let length = scalarLength(isStart: true) {
        position += length
        while position < end, isIdentifierByte(bytes[position]), let more = scalarLength(isStart: false) {
          position += more
        }
        return .identifier
      }
      // A byte order mark at the very start is no text.
      if position == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
        position = 3
        return .space
      }
      let length = symbolLength(byte)
      if length > 0 {
        position += length
        return .punctuation
      }
      position += 1
      while position < end, bytes[position] & 0xC0 == 0x80 { position += 1 }
      return .unknown
    }
  }

  /// How many bytes the operator, bracket or separator at the position has; 0 where there is none.
  private func symbolLength(_ byte: UInt8) -> Int {
    let next = peek(1)
    switch byte {
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
      UInt8(ascii: "}"), UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%"):
      return 1
    case UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "<"), UInt8(ascii: ">"):
      return next == UInt8(ascii: "=") ? 2 : 1
    case UInt8(ascii: "&"): return next == byte ? 2 : 1
    case UInt8(ascii: "|"): return next == byte ? 2 : 0
    case UInt8(ascii: "."):
      guard next == byte else { return 1 }
      let third = peek(2)
      return third == byte || third == UInt8(ascii: "<") ? 3 : 1
    default: return 0
    }
  }

  /// The bytes of the scalar at the position, if it may stand in a name.
  private func scalarLength(isStart: Bool) -> Int? {
    let byte = bytes[position]
    if byte < 0x80 { return 1 }
    let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
    guard position + length <= end,
      let scalar = String(decoding: bytes[position..<position + length], as: UTF8.self)
        .unicodeScalars.first, scalar != "\u{FFFD}"
    else { return nil }
    let allowed = isStart ? scalar.properties.isXIDStart : scalar.properties.isXIDContinue
    return allowed ? length : nil
  }

  private mutating func number() -> TokenKind {
    func digits(_ lexer: inout Lexer) {
      while lexer.position < lexer.end, isDigit(lexer.bytes[lexer.position]) { lexer.position += 1 }
    }
    let start = position
    digits(&self)
    if peek() == UInt8(ascii: "."), isDigit(peek(1)) {
      position += 1
      digits(&self)
    }
    if peek() | 0x20 == UInt8(ascii: "e") {
      let sign = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-") ? 1 : 0
      if isDigit(peek(1 + sign)) {
        position += 1 + sign
        digits(&self)
      }
    }
    let suffix = position
    while position < end, isIdentifierByte(bytes[position]) {
      guard let length = scalarLength(isStart: false) else { break }
      position += length
    }
    guard suffix < position else { return .number }
    if bytes[suffix..<position].elementsEqual("deg".utf8) { return .angle }
    let unit = source.text(Span(suffix, position))
    report(
      .invalidNumber, "'\(unit)' cannot follow a number", Span(start, position),
      "the only unit is 'deg', for angles: 30deg")
    return .number
  }

  private mutating func blockComment() {
    let start = position
    var depth = 0
    while position < end {
      if peek() == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
        depth += 1
        position += 2
      } else if peek() == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
        depth -= 1
        position += 2
        if depth == 0 { return }
      } else {
        position += 1
      }
    }
    position = min(position, end)
    report(
      .unclosedComment, "this comment is never closed", Span(start, start + 2),
      "close it with '*/'; comments nest, so each '/*' needs its own")
  }

  /// A string with its quotes: one token, or pieces with the tokens of the code in `\( … )` between them.
  ///
  /// - Returns: the kind of its last piece.
  private mutating func string() -> TokenKind {
    let start = position
    let (stop, isClosed) = stringEnd(from: start)
    if !isClosed {
      report(
        .unclosedString, "this string is never closed", Span(start, stop),
        "close it with '\"' on the same line; a line break inside is written \\n")
    }
    let textEnd = isClosed ? stop - 1 : stop
    var isWhole = true
    position = start + 1
    while position < textEnd {
      guard bytes[position] == UInt8(ascii: "\\"), position + 1 < textEnd else {
        position += 1
        continue
      }
      position += 2
      guard bytes[position - 1] == UInt8(ascii: "("), nesting < Self.nestingLimit else { continue }
      tokens.append(Token(isWhole ? .stringHead : .stringMiddle, Span(tokenStart, position)))
      isWhole = false
      interpolation(before: textEnd)
      tokenStart = position
    }
    position = stop
    return isWhole ? .string : .stringTail
  }

  /// The tokens of the code in a string, to the `)` that ends it.
  private mutating func interpolation(before limit: Int) {
    let outer = end
    end = limit
    nesting += 1
    defer {
      end = outer
      nesting -= 1
    }
    var open = 0
    while position < end {
      if bytes[position] == UInt8(ascii: "(") { open += 1 }
      if bytes[position] == UInt8(ascii: ")") {
        if open == 0 { return }
        open -= 1
      }
      readToken()
    }
  }

  /// Where a string ends, strings in its interpolations passed over, and whether by a quote.
  private func stringEnd(from start: Int) -> (end: Int, isClosed: Bool) {
    // For each string that is open, the parentheses open in its interpolation; -1 is text.
    var open = [-1]
    var position = start + 1
    while position < end {
      let byte = bytes[position]
      if byte == 0x0A || byte == 0x0D { break }
      position += 1
      let top = open.count - 1
      if open[top] < 0 {
        if byte == UInt8(ascii: "\\"), position < end {
          if bytes[position] == UInt8(ascii: "(") {
            open[top] = 0
          } else if bytes[position] != 0x0A, bytes[position] != 0x0D {
            position += 1
          }
        } else if byte == UInt8(ascii: "\"") {
          open.removeLast()
          if open.isEmpty { return (position, true) }
        }
      } else {
        switch byte {
        case UInt8(ascii: "("): open[top] += 1
        case UInt8(ascii: ")"):
          open[top] -= 1
          if open[top] == 0 { open[top] = -1 }
        case UInt8(ascii: "\""): open.append(-1)
        default: break
        }
      }
    }
    return (position, false)
  }

  private mutating func report(_ id: DiagnosticID, _ message: String, _ span: Span, _ hint: String) {
    diagnostics.append(
      Diagnostic(id, message, at: SourceRange(source, span), hints: [Diagnostic.Hint(hint)]))
  }
}

func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

func isHexDigit(_ byte: UInt8) -> Bool {
  isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"))
}

private func isIdentifierStart(_ byte: UInt8) -> Bool {
  byte >= 0x80 || byte == UInt8(ascii: "_")
    || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
}

private func isIdentifierByte(_ byte: UInt8) -> Bool { isIdentifierStart(byte) || isDigit(byte) }

/// Text with control characters made visible, so that a script or a path cannot steer a terminal.
public func escapingControlCharacters(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator:
      let digits = String(scalar.value, radix: 16, uppercase: true)
      result += "\\u{\(digits)}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
