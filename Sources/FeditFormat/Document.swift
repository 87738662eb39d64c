/// A text with places where lines may be broken, laid out by the algorithm of Wadler ("A prettier
/// printer", 2003) as Prettier has it: a group stands on one line if it fits, else it is broken.
indirect enum Document {
  case text(String)
  /// A space, or a line break where the group is broken.
  case line
  /// Nothing, or a line break where the group is broken.
  case softLine
  /// Always a line break, which breaks the groups around it.
  case hardLine
  /// An empty line behind a line break: only before a `hardLine`.
  case blankLine
  /// One text where the group around it is broken, another where it stands on one line.
  case ifBroken(String, flat: String)
  case sequence([Document])
  case indented(Document)
  case group(Document)

  /// The document on one line, wherever that ends; it has no `hardLine`.
  var flat: Document {
    switch self {
    case .text, .hardLine, .blankLine: self
    case .line: .text(" ")
    case .softLine: .text("")
    case .ifBroken(_, let flat): .text(flat)
    case .sequence(let parts): .sequence(parts.map(\.flat))
    case .indented(let inner), .group(let inner): inner.flat
    }
  }

  /// The document on one line, if it can stand on one.
  var flatIfPossible: Document { hasHardLine ? self : flat }

  /// The document with a line break that is sure, if it is one.
  var broken: Document {
    switch self {
    case .line, .softLine: .hardLine
    default: self
    }
  }

  /// Whether it can't stand on one line.
  var hasHardLine: Bool {
    switch self {
    case .text, .line, .softLine, .ifBroken: false
    case .hardLine, .blankLine: true
    case .sequence(let parts): parts.contains(where: \.hasHardLine)
    case .indented(let inner), .group(let inner): inner.hasHardLine
    }
  }
}

/// Lays a document out in lines of a width, as far as it can be broken.
struct Layout {
  static let width = 100
  static let indentation = 4

  private struct Item {
    var indent: Int
    var isBroken: Bool
    var document: Document
  }

  private var output = ""
  private var column = 0

  static func text(of document: Document) -> String {
    var layout = Layout()
    layout.write(document)
    return layout.output
  }

  private mutating func write(_ document: Document) {
    var pending = [Item(indent: 0, isBroken: true, document: document)]
    while let item = pending.popLast() {
      switch item.document {
      case .text(let text): put(text)
      case .ifBroken(let broken, let flat): put(item.isBroken ? broken : flat)
      case .line where !item.isBroken: put(" ")
      case .softLine where !item.isBroken: break
      case .line, .softLine, .hardLine: newLine(item.indent)
      case .blankLine: blankLine()
      case .sequence(let parts):
        for part in parts.reversed() {
          pending.append(Item(indent: item.indent, isBroken: item.isBroken, document: part))
        }
      case .indented(let inner):
        pending.append(
          Item(indent: item.indent + Self.indentation, isBroken: item.isBroken, document: inner))
      case .group(let inner):
        var flat = Item(indent: item.indent, isBroken: false, document: inner)
        flat.isBroken = inner.hasHardLine || !fits(flat, rest: pending)
        pending.append(flat)
      }
    }
  }

  /// Whether an item on one line, with what follows up to the next line break, fits.
  private func fits(_ item: Item, rest: [Item]) -> Bool {
    var left = Self.width - column
    var pending = [item]
    var next = rest.count
    while left >= 0 {
      guard let current = pending.popLast() else {
        guard next > 0 else { return true }
        next -= 1
        pending.append(rest[next])
        continue
      }
      switch current.document {
      case .text(let text): left -= text.unicodeScalars.count
      case .ifBroken(let broken, let flat):
        left -= (current.isBroken ? broken : flat).unicodeScalars.count
      case .line:
        if current.isBroken { return true }
        left -= 1
      case .softLine: if current.isBroken { return true }
      case .hardLine, .blankLine: return true
      case .sequence(let parts):
        for part in parts.reversed() {
          pending.append(Item(indent: current.indent, isBroken: current.isBroken, document: part))
        }
      case .indented(let inner):
        pending.append(Item(indent: current.indent, isBroken: current.isBroken, document: inner))
      case .group(let inner):
        // What follows may break; only the item itself is asked to stand on one line.
        pending.append(Item(indent: current.indent, isBroken: current.isBroken, document: inner))
      }
    }
    return false
  }

  private mutating func put(_ text: String) {
    output += text
    column += text.unicodeScalars.count
  }

  private mutating func newLine(_ indent: Int) {
    trimEnd()
    output += "\n" + String(repeating: " ", count: indent)
    column = indent
  }

  private mutating func blankLine() {
    trimEnd()
    output += "\n"
    column = 0
  }

  private mutating func trimEnd() {
    while output.last == " " { output.removeLast() }
  }
}
