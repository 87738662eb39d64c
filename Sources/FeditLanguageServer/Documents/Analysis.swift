import FeditAssist
import FeditProgram
import FeditSyntax

/// What is known of an open script.
struct Analysis {
  let program: ProgramResult
  let file: ProgramFile
  let assistant: Assistant
  /// Whether the script was carried out to its end, or has errors: its diagnostics are all there.
  let isComplete: Bool

  /// Paths of all files of the program.
  var paths: [String] { program.files.map(\.path) }
}

/// A name of a program, whatever file it is seen from: where it was introduced.
struct SymbolKey: Hashable {
  var path: String
  var start: Int
}

extension ProgramResult {
  func key(of symbol: SymbolUse) -> SymbolKey? {
    guard let definition = symbol.definition,
      let file = files.first(where: { $0.source === definition.source })
    else { return nil }
    return SymbolKey(path: file.path, start: definition.span.start)
  }
}
