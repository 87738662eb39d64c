import FeditFormat
import FeditProgram
import FeditSyntax

/// Two scripts of which one at least has no photo, as a library of shapes has none: in which statements they differ.
///
/// There is no plan to compare, so the statements themselves are. Spacing, comments and the order of definitions do
/// not count; names do, since whoever uses the file uses them.
public struct DefinitionComparison: Sendable {
  /// None where all statements are the same.
  public let differences: [PlanDifference]

  /// Compares the entry files and the files that they use.
  public init(_ before: ProgramResult, _ after: ProgramResult) {
    let old = Self.entries(of: before)
    let new = Self.entries(of: after)
    var result: [PlanDifference] = []
    for (subject, texts) in old {
      let others = new.first { $0.subject == subject }?.texts ?? []
      if texts == others { continue }
      if others.isEmpty {
        result.append(PlanDifference(.removed, subject, Self.shown(texts)))
      } else {
        result.append(
          PlanDifference(
            .changed, subject, Self.change(texts.joined(separator: "\n"), others.joined(separator: "\n"))))
      }
    }
    let known = Set(old.map(\.subject))
    for (subject, texts) in new where !known.contains(subject) {
      result.append(PlanDifference(.added, subject, Self.shown(texts)))
    }
    differences = result
  }

  /// The statements of a program in their order, those of one subject together.
  private static func entries(of program: ProgramResult) -> [(subject: String, texts: [String])] {
    var order: [String] = []
    var texts: [String: [String]] = [:]
    let entry = program.sources.first?.path ?? ""
    let folder = entry.lastIndex(of: "/").map { entry[...$0] } ?? ""
    for (index, (path, source)) in program.sources.enumerated() {
      let name = path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
      let script = parse(source).script
      for statement in script.statements {
        let subject = subject(of: statement, in: source) + (index == 0 ? "" : " in \(name)")
        if texts[subject] == nil { order.append(subject) }
        texts[subject, default: []].append(canonical(statement, of: script))
      }
    }
    return order.map { ($0, texts[$0] ?? []) }
  }

  /// `def dot`, `param size`, `use`.
  private static func subject(of statement: Statement, in source: SourceText) -> String {
    let word = statement.id?.rawValue ?? "call"
    if case .edit(let name, _) = statement.kind { return "\(word) \(source.text(name.span))" }
    return statement.declaredName.map { "\(word) \($0.text)" } ?? word
  }

  /// A statement in the one style, without comments.
  private static func canonical(_ statement: Statement, of script: Script) -> String {
    var bare = ""
    for index in statement.tokens {
      switch script.tokens[index].kind {
      case .lineComment: break
      case .blockComment: bare += " "
      default: bare += script.text(ofToken: index)
      }
    }
    let lines = (try? formatted(SourceText(name: script.source.name, bare))) ?? bare
    return lines.split(separator: "\n").joined(separator: "\n")
  }

  private static func shown(_ texts: [String]) -> String {
    let lines = texts.flatMap { $0.split(separator: "\n") }
    return String(lines.first ?? "") + (lines.count > 1 ? " … (\(lines.count) lines)" : "")
  }

  /// The first lines that differ; how many more there are.
  private static func change(_ old: String, _ new: String) -> String {
    var (a, b) = (old.split(separator: "\n")[...], new.split(separator: "\n")[...])
    while let first = a.first, first == b.first { (a, b) = (a.dropFirst(), b.dropFirst()) }
    while let last = a.last, last == b.last { (a, b) = (a.dropLast(), b.dropLast()) }
    func side(_ lines: ArraySlice<Substring>) -> String {
      guard let first = lines.first else { return "nothing" }
      let text = String(first.drop { $0 == " " })
      return lines.count > 1 ? "\(text) … (\(lines.count) lines)" : text
    }
    return "\(side(a)) → \(side(b))"
  }
}
