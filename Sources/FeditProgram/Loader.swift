import FeditSyntax

/// Reads a script and all that it uses.
struct Loader {
  let world: any World
  var diagnostics: [Diagnostic] = []
  /// By the bytes of their paths: names that Unicode takes for the same text are different files.
  private var modules: [[UInt8]: Module] = [:]
  /// The files being read, for cycles.
  private var stack: [(path: String, range: SourceRange?)] = []

  init(world: any World) { self.world = world }

  /// How many files a program may use.
  static let fileLimit = 1_000
  /// How many files may be read, each for the one before.
  static let depthLimit = 100

  mutating func load(_ source: SourceText, path: String) -> Module {
    let result = parse(source)
    diagnostics += result.diagnostics
    let module = Module(source: source, path: path, number: modules.count, result: result)
    modules[Array(path.utf8)] = module
    stack.append((path, nil))
    defer { stack.removeLast() }
    if stack.count > Self.depthLimit {
      diagnostics.append(
        Diagnostic(
          .nestingTooDeep, "files use one another more than \(Self.depthLimit) levels deep",
          at: module.range(Span(0, 0))))
      return module
    }
    for statement in module.script.statements {
      guard let statement = statement.plain(.use) else { continue }
      use(statement.value, statement.name, from: module)
    }
    return module
  }

  private mutating func use(_ expression: Expression, _ alias: Identifier?, from module: Module) {
    let range = module.range(expression.span)
    guard let name = literalString(expression) else {
      if case .missing = expression.kind { return }
      diagnostics.append(
        Diagnostic(
          .literalPath, "'use' takes a path written out, in quotes", at: range,
          hints: [.init("files are read before anything is evaluated")]))
      return
    }
    do {
      let path = try world.resolve(name, from: module.path)
      if let start = stack.firstIndex(where: { $0.path == path }) {
        let chain = (stack[start...].map(\.path) + [path]).map { display($0) }.joined(separator: " → ")
        diagnostics.append(
          Diagnostic(
            .useCycle, "these files use one another: \(chain)", at: range,
            hints: [.init("move what both need into a third file")]))
        return
      }
      let used: Module
      if let known = modules[Array(path.utf8)] {
        used = known
      } else {
        guard modules.count < Self.fileLimit else {
          diagnostics.append(
            Diagnostic(.tooManyFiles, "a program uses at most \(Self.fileLimit) files", at: range))
          return
        }
        let bytes = try world.script(at: path)
        let (source, problems) = SourceText.decoding(name: shownName(name, from: module), bytes: bytes)
        diagnostics += problems
        used = load(source, path: path)
      }
      if let alias {
        guard !alias.text.isEmpty else { return }
        if let earlier = module.aliases[alias.text] {
          module.repeatedAliases.append((alias, earlier.identifier))
          return
        }
        module.aliases[alias.text] = (alias, used)
      } else {
        module.imports.append((expression.span, used))
      }
    } catch {
      diagnostics.append(diagnostic(error, at: range, what: "script"))
    }
  }

  /// A used file's name beside the name under which its user is shown.
  private func shownName(_ name: String, from module: Module) -> String {
    guard let slash = module.source.name.lastIndex(of: "/") else { return name }
    return module.source.name[...slash] + name
  }

  private func display(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}

/// A string without interpolations, or nil.
func literalString(_ expression: Expression) -> String? {
  guard case .string(let parts) = expression.kind else { return nil }
  var result = ""
  for part in parts {
    guard case .text(let text) = part else { return nil }
    result += text
  }
  return result
}

/// A problem with a file as a diagnostic.
func diagnostic(_ problem: WorldProblem, at range: SourceRange, what: String) -> Diagnostic {
  let id: DiagnosticID =
    switch problem.kind {
    case .path: .badPath
    case .missing: .missingFile
    case .unreadable: .unreadableFile
    case .malformed: .malformedFile
    }
  return Diagnostic(id, problem.message, at: range, hints: problem.hints.map { .init($0) })
}

extension Expression {
  /// A chain of operators from the outermost to the innermost along the left operands: `a + b + c` is
  /// `(a + b) + c` and `a + b`; empty for anything else.
  var leftChain: [Expression] {
    var links: [Expression] = []
    var next = self
    while case .binary(_, _, let left, _) = next.kind {
      links.append(next)
      next = left
    }
    return links
  }

  /// The names that stand in the expression, as far as they may mean values or functions.
  var names: [String] {
    var result: [String] = []
    var pending = [self]
    while let next = pending.popLast() {
      switch next.kind {
      case .number, .angle, .bool, .color, .missing: break
      case .name(let name): result.append(name)
      case .string(let parts):
        for case .interpolation(let inner) in parts { pending.append(inner) }
      case .point(let a, let b), .index(let a, let b), .binary(_, _, let a, let b): pending += [a, b]
      case .list(let elements): pending += elements
      case .unary(_, let inner), .group(let inner), .member(let inner, _): pending.append(inner)
      case .conditional(let condition, let a, let b): pending += [condition, a, b]
      case .call(let callee, let arguments): pending += [callee] + arguments.map(\.value)
      }
    }
    return result
  }
}
