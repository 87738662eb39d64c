import FeditSyntax

/// The tokens of a script as they are printed, those that are no trivia, each with the comments before it.
/// A string with the code in it is one. All indices but those of nodes count these tokens.
struct FormattedTokens {
  /// A comment before a token.
  struct Comment {
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

  /// The last is the empty text of the file's end.
  private(set) var texts: [String] = []
  private(set) var comments: [[Comment]] = []
  private(set) var hasBlankLineBefore: [Bool] = []
  private(set) var isFirstOnLine: [Bool] = []
  private var kinds: [TokenKind] = []
  /// From an index into the script's tokens to one of ours.
  private var indices: [Int] = []

  init(_ script: Script) {
    let source = script.source
    var pending: [Comment] = []
    var newlines = 2
    var sawNewline = true
    /// Where the strings begin that are open.
    var strings: [Int] = []
    for token in script.tokens {
      if let start = strings.last {
        indices.append(texts.count - 1)
        if token.kind == .stringHead { strings.append(start) }
        if token.kind == .stringTail {
          strings.removeLast()
          texts[texts.count - 1] = source.text(Span(start, token.span.end))
        }
        continue
      }
      indices.append(texts.count)
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
        let text = source.text(token.span)
        texts.append(token.kind == .color ? text.lowercased() : text)
        kinds.append(token.kind)
        comments.append(pending)
        hasBlankLineBefore.append(newlines > 1)
        isFirstOnLine.append(sawNewline)
        pending = []
        newlines = 0
        sawNewline = false
        if token.kind == .stringHead { strings.append(token.span.start) }
      }
    }
  }

  /// The first token of a node.
  func first(_ node: Range<Int>) -> Int { indices[node.lowerBound] }

  /// The token behind a node.
  func end(_ node: Range<Int>) -> Int { indices[node.upperBound - 1] + 1 }

  /// A node's tokens.
  func range(_ node: Range<Int>) -> Range<Int> { first(node)..<end(node) }

  /// Whether a token is an operator, a bracket or a separator.
  func isSign(_ index: Int) -> Bool { kinds[index] == .punctuation }

  /// Block comments that stay in their line, before a token.
  func inlineComments(_ index: Int) -> String {
    comments[index].filter { !$0.needsLine }.map { $0.text + " " }.joined()
  }

  /// A token with the comments before it that stay in its line; those of a first one are printed elsewhere.
  func document(_ index: Int, isFirst: Bool = false) -> Document {
    .text(isFirst ? texts[index] : inlineComments(index) + texts[index])
  }
}
