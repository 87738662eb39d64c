import FeditFormat
import FeditSyntax

extension LanguageServer {
  func formatting(_ parameters: DocumentParams) throws -> [TextEdit] {
    try edits(parameters.textDocument.uri).map(\.edit)
  }

  func rangeFormatting(_ parameters: RangeParams) throws -> [TextEdit] {
    try edits(parameters.textDocument.uri).map(\.edit).filter {
      $0.range.start.line <= parameters.range.end.line && parameters.range.start.line <= $0.range.end.line
    }
  }

  /// The lines that the formatter changes.
  private func edits(_ uri: String) throws -> [(span: Span, edit: TextEdit)] {
    let document = try document(uri)
    let new: String
    do throws(SyntaxErrors) {
      new = try formatted(SourceText(name: uri, utf8: document.text))
    } catch {
      throw ResponseError(.requestFailed, "a script with syntax errors is not formatted; mend them first")
    }
    var converter = document.converter(encoding)
    return lineEdits(from: document.text, to: Array(new.utf8)).map { edit in
      (edit.span, TextEdit(range: converter.range(edit.span), newText: edit.replacement))
    }
  }

}

/// The differences between two texts, as replacements of whole lines of the old one, in order.
func lineEdits(from old: [UInt8], to new: [UInt8]) -> [Diagnostic.Edit] {
  let before = lines(old)
  let after = lines(new)
  var first = 0
  while first < min(before.count, after.count), old[before[first]] == new[after[first]] { first += 1 }
  var rest = 0
  while rest < min(before.count, after.count) - first,
    old[before[before.count - 1 - rest]] == new[after[after.count - 1 - rest]]
  {
    rest += 1
  }
  let removed = Array(before[first..<(before.count - rest)])
  let inserted = Array(after[first..<(after.count - rest)])
  guard !removed.isEmpty || !inserted.isEmpty else { return [] }

  // The old lines that stay; found by Myers' algorithm where that is quick.
  var stays = [Bool](repeating: false, count: removed.count)
  var comesNew = [Bool](repeating: true, count: inserted.count)
  if removed.count < 5_000, inserted.count < 5_000 {
    // Lines that are the same get the same number, so that each is compared byte by byte once only.
    var numbers: [ArraySlice<UInt8>: Int] = [:]
    func number(_ line: ArraySlice<UInt8>) -> Int {
      let known = numbers[line] ?? numbers.count
      numbers[line] = known
      return known
    }
    let difference = inserted.map { number(new[$0]) }.difference(from: removed.map { number(old[$0]) })
    stays = [Bool](repeating: true, count: removed.count)
    comesNew = [Bool](repeating: false, count: inserted.count)
    for change in difference {
      switch change {
      case .remove(let offset, _, _): stays[offset] = false
      case .insert(let offset, _, _): comesNew[offset] = true
      }
    }
  }
  var result: [Diagnostic.Edit] = []
  var i = 0
  var j = 0
  while i < removed.count || j < inserted.count {
    if i < removed.count, j < inserted.count, stays[i], !comesNew[j] {
      i += 1
      j += 1
      continue
    }
    let start =
      i < removed.count ? removed[i].lowerBound : removed.last?.upperBound ?? end(before, first, old)
    var stop = start
    var text: [UInt8] = []
    while i < removed.count, !stays[i] {
      stop = removed[i].upperBound
      i += 1
    }
    while j < inserted.count, comesNew[j] {
      text += new[inserted[j]]
      j += 1
    }
    result.append(Diagnostic.Edit(Span(start, stop), String(decoding: text, as: UTF8.self)))
  }
  return result
}

/// Where lines are put in that stand behind `first` lines that stay.
private func end(_ lines: [Range<Int>], _ first: Int, _ text: [UInt8]) -> Int {
  first < lines.count ? lines[first].lowerBound : text.count
}

/// Lines with their ends.
private func lines(_ text: [UInt8]) -> [Range<Int>] {
  let starts = LineTable(text).starts
  return starts.indices.compactMap { index in
    let end = index + 1 < starts.count ? starts[index + 1] : text.count
    return starts[index] < end ? starts[index]..<end : nil
  }
}
