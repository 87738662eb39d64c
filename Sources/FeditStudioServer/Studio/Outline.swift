import FeditProgram
import FeditSyntax

/// Offsets of a text as JavaScript counts them.
struct UTF16Offsets {
  /// Per UTF-8 offset; nil where both are the same.
  private let table: [Int]?

  init(_ source: SourceText) {
    guard source.utf8.contains(where: { $0 >= 0x80 }) else {
      table = nil
      return
    }
    var table: [Int] = []
    table.reserveCapacity(source.utf8.count + 1)
    var count = 0
    for byte in source.utf8 {
      table.append(count)
      // One unit for each scalar, at its first byte; a second for those of four bytes.
      if byte & 0xC0 != 0x80 { count += byte >= 0xF0 ? 2 : 1 }
    }
    table.append(count)
    self.table = table
  }

  subscript(span: Span) -> [Int] {
    guard let table else { return [span.start, span.end] }
    let last = table.count - 1
    return [table[min(span.start, last)], table[min(span.end, last)]]
  }
}

/// What of a script stands beside it as sliders and buttons. Offsets are UTF-16.
struct Outline: Encodable, Sendable {
  struct Parameter: Encodable, Sendable {
    var name: String
    var type: String
    var value: String
    var span: [Int]
    var doc: String?
  }
  struct Edit: Encodable, Sendable {
    var name: String
    var span: [Int]
    var seed: String?
    /// The seed's number; where there is none, the place behind the opening brace.
    var seedSpan: [Int]
  }
  struct FacePoint: Encodable, Sendable {
    var name: String
    var text: String
    var span: [Int]
  }

  var parameters: [Parameter] = []
  var edits: [Edit] = []
  var face: [FacePoint] = []
  /// The photo's name with its quotes; nil where the script names none.
  var photo: [Int]?
  /// The side lengths that `canvas` gives, as written; coordinates are photo pixels without.
  var canvas: String?
  /// Behind the settings: where a `face` statement goes.
  var settingsEnd = 0

  init(_ source: SourceText) {
    let offsets = UTF16Offsets(source)
    for statement in parse(source).script.statements {
      switch statement.kind {
      case .param(let name, let type, let value, let doc):
        parameters.append(
          Parameter(
            name: name.text, type: type.text, value: source.text(value.span), span: offsets[value.span],
            doc: doc.flatMap(literalString)))
      case .edit(let name, let body):
        let seed = body.statements.lazy.compactMap { $0.plain(.seed) }.first?.entries.first?.value
        edits.append(
          Edit(
            name: literalString(name) ?? source.text(name.span), span: offsets[statement.span],
            seed: seed.map { source.text($0.span) },
            seedSpan: offsets[seed?.span ?? Span(body.span.start + 1, body.span.start + 1)]))
      case .plain(let plain):
        read(plain, statement, source, offsets)
      default: break
      }
    }
  }

  private mutating func read(
    _ plain: PlainStatement, _ statement: Statement, _ source: SourceText, _ offsets: UTF16Offsets
  ) {
    switch plain.id {
    case .photo: photo = plain.entries.first.map { offsets[$0.value.span] }
    case .canvas: canvas = source.text(statement.span)
    case .face:
      face = plain.entries.map {
        FacePoint(name: $0.name, text: source.text($0.value.span), span: offsets[$0.value.span])
      }
    default: break
    }
    if [.fedit, .photo, .model, .canvas].contains(plain.id) { settingsEnd = offsets[statement.span][1] }
  }
}
