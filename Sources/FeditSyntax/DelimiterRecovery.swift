/// Where brackets are missing, found before parsing, so that the parser knows at an opening bracket
/// whether its end is still to come and guesses only where one is missing.
///
/// `(` and `[` are matched within regions: pieces of the source that no bracket reaches across.
/// A region ends at `{`, `}`, `;`, where a line plainly begins a statement, and at a line break
/// where nothing is open.
struct DelimiterRecovery {
  /// For each significant token the region in which it stands.
  private var regions: [Int32] = []
  /// For each region how many `(` and `[` have no end.
  private var missing: [Int32] = []
  /// For each region whether a strange character or an unclosed text stands in it.
  private var inRecovery: [Bool] = []
  /// For each significant token whether it begins a statement where one may begin.
  private var starts: [Bool] = []
  /// `{` without `}` in the whole file, by count; and the other way round.
  var missingBraces = 0
  var surplusBraces = 0
  /// Whether a comment is open at the end, which may have swallowed anything.
  var endsInComment = false

  init(
    source: SourceText, tokens: [Token], words: [UInt64], onNewLine: [Bool], lexical: [Diagnostic]
  ) {
    var braces = 0
    var stack: [UInt64] = []
    var region: Int32 = 0
    missing = [0]
    regions.reserveCapacity(tokens.count)
    starts.reserveCapacity(tokens.count)
    let open: Word = "("
    let openList: Word = "["
    let close: Word = ")"
    let closeList: Word = "]"
    let openBlock: Word = "{"
    let closeBlock: Word = "}"
    func next() {
      missing[Int(region)] += Int32(stack.count)
      stack.removeAll(keepingCapacity: true)
      region += 1
      missing.append(0)
    }
    for index in tokens.indices {
      let word = words[index]
      let token = tokens[index]
      let isStart =
        token.kind == .identifier
        && Self.isStatementStart(word, index, tokens: tokens, words: words, onNewLine: onNewLine)
      starts.append(isStart)
      let isBlock = word == openBlock.packed || word == closeBlock.packed
      if isBlock || token.kind == .semicolon || token.kind == .endOfFile {
        next()
      } else if onNewLine[index],
        stack.isEmpty || isStart || Self.isJuxtaposed(index, tokens: tokens, words: words)
      {
        next()
      }
      regions.append(region)
      switch word {
      case 0: break
      case open.packed, openList.packed: stack.append(word)
      case close.packed, closeList.packed:
        let partner = word == close.packed ? open.packed : openList.packed
        if let place = stack.lastIndex(of: partner) {
          // What stands open above the partner has no end.
          missing[Int(region)] += Int32(stack.count - 1 - place)
          stack.removeSubrange(place...)
        }
      case openBlock.packed:
        braces += 1
        next()
      case closeBlock.packed:
        braces -= 1
        next()
      default: break
      }
    }
    missingBraces = max(0, braces)
    surplusBraces = max(0, -braces)
    inRecovery = [Bool](repeating: false, count: missing.count)
    for diagnostic in lexical {
      let place = diagnostic.range.span.start
      switch diagnostic.id {
      case .unclosedComment: endsInComment = true
      case .unexpectedCharacter, .unclosedString:
        let low = tokens.index(at: place)
        if low < regions.count { inRecovery[Int(regions[low])] = true }
        // A strange character at a line's start belongs to the token behind it.
        if low + 1 < regions.count,
          source.lineIndex(of: tokens[low + 1].span.start) == source.lineIndex(of: place),
          tokens[low].span.start > place
            || source.lineIndex(of: tokens[low].span.start) != source.lineIndex(of: place)
        {
          inRecovery[Int(regions[low])] = false
          inRecovery[Int(regions[low + 1])] = true
        }
      default: break
      }
    }
  }

  func region(at index: Int) -> Int { Int(regions[index]) }

  func isInRecovery(at index: Int) -> Bool { inRecovery[Int(regions[index])] }

  func isStatementStart(at index: Int) -> Bool { starts[index] }

  /// Whether a bracket is missing around a token, and takes note that one has been reported.
  mutating func takeMissing(at index: Int) -> Bool {
    guard missing[Int(regions[index])] > 0 else { return false }
    missing[Int(regions[index])] -= 1
    return true
  }

  func isMissing(at index: Int) -> Bool { missing[Int(regions[index])] > 0 }

  private static let reserved = Set(
    Keyword.statements.intersection(Keyword.reserved).subtracting(["if", "in"]).map { Word($0).packed })
  private static let statements = Set(Keyword.statements.map { Word($0).packed })
  /// What a statement may go on with that is no word.
  private static let starters = ["(", "[", "!", "-"].map { Word($0).packed }
  /// Words that stand between values.
  private static let joining = ["if", "then", "else"].map { Word($0).packed }

  /// Whether an identifier begins a statement: a keyword that is not followed as a name would be.
  private static func isStatementStart(
    _ word: UInt64, _ index: Int, tokens: [Token], words: [UInt64], onNewLine: [Bool]
  ) -> Bool {
    guard word != 0, statements.contains(word), index + 1 < tokens.count else { return false }
    // `mask` alone on a line: a stroke in a `paint` block.
    if onNewLine[index + 1] || tokens[index + 1].kind == .endOfFile { return reserved.contains(word) }
    let next = tokens[index + 1]
    guard next.kind == .punctuation else { return next.kind != .semicolon || reserved.contains(word) }
    // `canvas (`, `assert [`, `assert !`, `seed -`.
    guard starters.contains(words[index + 1]) else { return false }
    // `seed - 1` is a difference, `canvas(…)` a call.
    if reserved.contains(word) { return true }
    let isApart = next.span.start > tokens[index].span.end
    let isTight = index + 2 < tokens.count && tokens[index + 2].span.start == next.span.end
    return isApart
      && (isTight || next.span.end - next.span.start == 1 && words[index + 1] == Word("(").packed)
  }

  /// Whether two tokens follow one another as no expression has them: a value behind a value.
  private static func isJuxtaposed(_ index: Int, tokens: [Token], words: [UInt64]) -> Bool {
    guard index > 0 else { return false }
    if joining.contains(words[index]) || joining.contains(words[index - 1]) { return false }
    let endsValue: Bool
    switch tokens[index - 1].kind {
    case .number, .angle, .string, .color, .identifier: endsValue = true
    case .punctuation:
      endsValue = words[index - 1] == Word(")").packed || words[index - 1] == Word("]").packed
    default: endsValue = false
    }
    guard endsValue else { return false }
    switch tokens[index].kind {
    case .number, .angle, .string, .color, .identifier: return true
    default: return false
    }
  }
}
