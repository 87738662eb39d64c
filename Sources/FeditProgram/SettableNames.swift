import FeditPlan
import FeditSyntax

/// What `--set` calls the parameters of a program: known before anything is evaluated.
///
/// Parameters of files used by name are set as `NAME.PARAMETER`, those of files used without one like the
/// script's own.
struct SettableNames {
  /// Places of the face that stand in for those of the entry's `face` statement.
  enum FacePlace: String, CaseIterable {
    case leftEye = "face.left_eye"
    case rightEye = "face.right_eye"
    case mouth = "face.mouth"
  }

  /// The program's files, those that are used before their users: the order of evaluation.
  let modules: [Module]
  /// All names, in the order of evaluation; those of the face, where there is one, at the end.
  private(set) var all: [String] = []
  private var names: [ObjectIdentifier: [String: String]] = [:]

  init(entry: Module) {
    modules = Self.evaluationOrder(of: entry)
    let prefixes = Self.prefixes(from: entry)
    var taken: Set<String> = []
    for module in modules {
      for case .param(let name, _, _, _) in module.script.statements.map(\.kind) {
        var shown = (prefixes[ObjectIdentifier(module)] ?? "") + name.text
        // A file deep down cannot take a name that something nearer has.
        if taken.contains(shown) || module !== entry && entry.values[shown]?.kind == .param {
          shown = module.source.name + ":" + name.text
        }
        all.append(shown)
        taken.insert(shown)
        names[ObjectIdentifier(module), default: [:]][name.text] = shown
      }
    }
    let hasFace = entry.script.statements.contains { $0.id == .face }
    if hasFace { all += FacePlace.allCases.map(\.rawValue) }
  }

  /// The name under which a parameter of a file is set.
  func name(of parameter: String, in module: Module) -> String {
    names[ObjectIdentifier(module)]?[parameter] ?? parameter
  }

  private static func evaluationOrder(of entry: Module) -> [Module] {
    var done: Set<ObjectIdentifier> = []
    var result: [Module] = []
    var stack: [(module: Module, isReady: Bool)] = [(entry, false)]
    while let (next, isReady) = stack.popLast() {
      guard !done.contains(ObjectIdentifier(next)) else { continue }
      if isReady {
        done.insert(ObjectIdentifier(next))
        result.append(next)
      } else {
        stack.append((next, true))
        let used = next.imports.map(\.module) + next.aliases.sorted { $0.key < $1.key }.map(\.value.module)
        for module in used.reversed() where !done.contains(ObjectIdentifier(module)) {
          stack.append((module, false))
        }
      }
    }
    return result
  }

  private static func prefixes(from entry: Module) -> [ObjectIdentifier: String] {
    var result = [ObjectIdentifier(entry): ""]
    var queue: [(Module, String)] = [(entry, "")]
    while !queue.isEmpty {
      let (next, prefix) = queue.removeFirst()
      let named = next.aliases.sorted { $0.key < $1.key }.map { ($0.value.module, prefix + $0.key + ".") }
      for (used, name) in next.imports.map({ ($0.module, prefix) }) + named
      where result[ObjectIdentifier(used)] == nil {
        result[ObjectIdentifier(used)] = name
        queue.append((used, name))
      }
    }
    return result
  }
}
