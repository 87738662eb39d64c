import FeditSyntax

/// One script file of a program, with the names that stand at its top level and, once it is bound, with what
/// the evaluator carries out.
///
/// Written only while it is read and bound, before anything is evaluated.
final class Module: @unchecked Sendable {
  let source: SourceText
  /// Absolute path; what relative paths in it start from.
  let path: String
  /// From 0 in the order of reading.
  let number: Int
  let script: Script
  var definitions: [String: BoundDefinition] = [:]
  /// The `let`s and `param`s of the top level.
  var values: [String: Binder.Entry] = [:]
  /// `use "FILE" as NAME`.
  var aliases: [String: (identifier: Identifier, module: Module)] = [:]
  /// `use "FILE"`: in order.
  var imports: [(span: Span, module: Module)] = []
  /// The top level, bound.
  var statements: [BoundStatement] = []
  /// The types of what functions give, found before the checks.
  var resultTypes: [String: ValueType] = [:]
  /// Names that a second `use … as` gives, with the first.
  var repeatedAliases: [(alias: Identifier, earlier: Identifier)] = []

  init(source: SourceText, path: String, number: Int, result: ParseResult) {
    self.source = source
    self.path = path
    self.number = number
    script = result.script
  }

  func range(_ span: Span) -> SourceRange { SourceRange(source, span) }

  /// Adds a value of the top level.
  func add(_ name: Identifier, _ type: ValueType, isParam: Bool) {
    let slot = GlobalSlot(module: number, slot: values.count)
    values[name.text] = Binder.Entry(
      identifier: name, type: type, kind: isParam ? .param : .value, value: .global(slot))
  }

  /// Where the value of a name is kept, if it is the one of this place.
  func slot(of name: Identifier) -> GlobalSlot? {
    guard let entry = values[name.text], entry.identifier.span == name.span,
      case .global(let slot) = entry.value
    else { return nil }
    return slot
  }

  /// A definition by its name, here or in what is used without a name.
  func definition(_ name: String) -> BoundDefinition? {
    if let found = definitions[name] { return found }
    for (_, module) in imports { if let found = module.definitions[name] { return found } }
    return nil
  }

  /// A top-level value by its name, here or in what is used without a name.
  func value(_ name: String) -> (entry: Binder.Entry, module: Module)? {
    if let found = values[name] { return (found, self) }
    for (_, module) in imports { if let found = module.values[name] { return (found, module) } }
    return nil
  }

  /// The names that the file itself introduces at its top level: what its users see.
  var ownNames: Set<String> { Set(definitions.keys).union(values.keys) }

  /// All names that can be used at the top level.
  var names: Set<String> {
    var result = ownNames.union(aliases.keys)
    for (_, module) in imports { result.formUnion(module.ownNames) }
    return result
  }

  /// Where the file introduces a name at its top level.
  func place(of name: String) -> SourceRange? {
    (definitions[name]?.syntax.name ?? values[name]?.identifier).map { range($0.span) }
  }

  /// Where a name that a statement of the file wants to introduce has been given to something
  /// that is no value of the file: a definition, a used file, or something in one.
  func place(ofOther name: String) -> SourceRange? {
    if let definition = definitions[name] { return range(definition.syntax.name.span) }
    if let alias = aliases[name] { return range(alias.identifier.span) }
    for (_, module) in imports { if let place = module.place(of: name) { return place } }
    return nil
  }

  /// The file, used by one that this file uses, that defines a name.
  func deepFile(of name: String) -> String? {
    for (_, module) in imports {
      for (_, deep) in module.imports where deep.place(of: name) != nil { return deep.source.name }
    }
    return nil
  }
}

/// A use of a name, or its introduction: what editors ask for.
public struct SymbolUse: Sendable {
  /// What a name stands for.
  public enum Kind: String, Sendable { case param, value, loop, parameter, definition, module, builtin }

  /// The name as it is written.
  public var name: String
  /// What it stands for.
  public var kind: Kind
  /// Where it is written.
  public var range: SourceRange
  /// Where it was introduced; nil for what is built in.
  public var definition: SourceRange?
  /// The type of what it stands for; `unknown` where only running tells.
  public var type: ValueType
  /// Whether it is introduced here, rather than used.
  public var isDefinition: Bool
}

/// Binds a call's arguments to parameters: for each parameter the argument's index.
enum Binding {
  case bound([Int?])
  /// What is wrong, at which argument (nil: the call).
  case failed(String, Int?)

  static func bind(
    _ arguments: [Argument], to parameters: [(name: String, isOptional: Bool)], of name: String
  ) -> Binding {
    // The usual case: values in order.
    if arguments.count <= parameters.count, arguments.allSatisfy({ $0.label == nil }),
      parameters[arguments.count...].allSatisfy(\.isOptional)
    {
      return .bound(parameters.indices.map { $0 < arguments.count ? $0 : nil })
    }
    var result = [Int?](repeating: nil, count: parameters.count)
    var next = 0
    for (index, argument) in arguments.enumerated() {
      if let label = argument.label {
        guard let place = parameters.firstIndex(where: { $0.name == label.text }) else {
          let near = nearestName(to: label.text, among: parameters.map(\.name))
          let help = near.map { "; did you mean '\($0)'?" } ?? ""
          return .failed("'\(name)' has no parameter '\(label.text)'\(help)", index)
        }
        guard result[place] == nil else {
          return .failed("parameter '\(label.text)' of '\(name)' is given twice", index)
        }
        result[place] = index
      } else {
        while next < parameters.count, result[next] != nil { next += 1 }
        guard next < parameters.count else {
          let most = parameters.count
          return .failed(
            "'\(name)' takes \(most == 0 ? "no arguments" : most == 1 ? "one argument" : "\(most) arguments"), found \(arguments.count)",
            index)
        }
        result[next] = index
      }
    }
    for (place, parameter) in parameters.enumerated() where result[place] == nil && !parameter.isOptional {
      return .failed("'\(name)' needs an argument for '\(parameter.name)'", nil)
    }
    return .bound(result)
  }
}
