/// What a token is. Keywords are identifiers: most words are ordinary names outside their place.
public enum TokenKind: String, Hashable, Sendable, CaseIterable {
  case identifier, number, angle, color
  /// A whole string without interpolations.
  case string
  /// The pieces of a string around the code in it: `"a \(`, `) and \(`, `) b"`. The code's own tokens stand between.
  /// The tail of a string that is never closed may be empty.
  case stringHead, stringMiddle, stringTail
  /// Operators, brackets, `,` `:` `.`.
  case punctuation
  case semicolon
  /// Spaces and tabs.
  case space
  case newline
  case lineComment
  case blockComment
  /// Characters that begin nothing.
  case unknown
  case endOfFile

  /// Whether the parser passes over it.
  public var isTrivia: Bool {
    switch self {
    case .space, .newline, .lineComment, .blockComment: true
    default: false
    }
  }
}

/// A piece of the source; the tokens of a file one after the other are its text, byte for byte.
public struct Token: Hashable, Sendable {
  /// What it is.
  public var kind: TokenKind
  /// Its bytes in the source.
  public var span: Span

  /// A token at a place.
  public init(_ kind: TokenKind, _ span: Span) {
    self.kind = kind
    self.span = span
  }
}

extension [Token] {
  /// The index of the last token that begins at a place or before it; 0 where none does.
  func index(at place: Int) -> Int { Swift.max(0, partitioningIndex { $0.span.start > place } - 1) }

  /// The index behind the last piece of a string, from the index of its first.
  func endOfString(from head: Int) -> Int {
    guard self[head].kind == .stringHead else { return head + 1 }
    var depth = 0
    for index in head..<count {
      switch self[index].kind {
      case .stringHead: depth += 1
      case .stringTail:
        depth -= 1
        if depth == 0 { return index + 1 }
      default: break
      }
    }
    return count
  }
}

extension RandomAccessCollection where Index == Int {
  /// The first index whose element meets a condition that all elements behind it meet, too.
  func partitioningIndex(where meets: (Element) -> Bool) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = (low + high) / 2
      if meets(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
