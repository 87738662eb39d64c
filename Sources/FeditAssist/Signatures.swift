import FeditProgram
import FeditSyntax

/// What a call takes, for the person who is writing it.
public struct CallHelp: Hashable, Sendable {
  /// `ellipse(center: point, radii: point) → shape`.
  public var label: String
  /// The parameters' places in `label`, in UTF-16 code units.
  public var parameters: [Range<Int>]
  /// The parameter that is being written; nil where there are too many arguments.
  public var active: Int?
  /// What is called, in a sentence or two.
  public var documentation: String?
}

/// A parameter, whatever it belongs to.
struct AnyParameter {
  var name: String
  /// Empty where any type is taken.
  var types: [ValueType]
  var text: String
  var isOptional: Bool
}

/// A function, method or procedure that is being called.
struct Callee {
  var name: String
  var parameters: [AnyParameter]
  /// The last parameter takes all further arguments.
  var isRepeated: Bool
  /// What follows the parentheses.
  var result: String
  var documentation: String?
}

extension Assistant {
  /// The call that a place is in the arguments of.
  public func callHelp(at offset: Int) -> CallHelp? {
    let context = CursorContext(file.script.tokens, in: source, at: offset)
    if case .comment = context.surface { return nil }
    guard let call = context.call(isDirect: false), let callee = callee(of: call, in: context) else {
      return nil
    }
    var label = callee.name + "("
    var ranges: [Range<Int>] = []
    for (index, parameter) in callee.parameters.enumerated() {
      if index > 0 { label += ", " }
      let start = label.utf16.count
      label += parameter.text
      ranges.append(start..<label.utf16.count)
    }
    label += callee.isRepeated ? ", …)" : ")"
    label += callee.result
    return CallHelp(
      label: label, parameters: ranges, active: activeParameter(call, callee),
      documentation: callee.documentation)
  }

  /// The parameter that the argument being written goes to.
  func activeParameter(_ call: CursorContext.Call, _ callee: Callee) -> Int? {
    guard !callee.parameters.isEmpty else { return nil }
    if callee.isRepeated { return min(call.labels.count, callee.parameters.count) - 1 }
    if case let label?? = call.labels.last { return callee.parameters.firstIndex { $0.name == label } }
    var taken = Set(call.labels.compactMap { label in callee.parameters.firstIndex { $0.name == label } })
    for label in call.labels.dropLast() where label == nil {
      guard let next = callee.parameters.indices.first(where: { !taken.contains($0) }) else { return nil }
      taken.insert(next)
    }
    return callee.parameters.indices.first { !taken.contains($0) }
  }

  /// What a call's name means.
  func callee(of call: CursorContext.Call, in context: CursorContext) -> Callee? {
    let name = context.text(context.significant[call.name])
    let isMember = context.text(at: call.name - 1) == "."
    return callee(name, base: isMember ? context.text(at: call.name - 2) : nil, isMember: isMember)
  }

  /// What the name that an expression is, or ends with, means where it is called.
  func callee(of function: Expression) -> Callee? {
    switch function.kind {
    case .name(let name): return callee(name, base: nil, isMember: false)
    case .member(let base, let name):
      if case .name(let module) = base.kind { return callee(name.text, base: module, isMember: true) }
      return callee(name.text, base: nil, isMember: true)
    default: return nil
    }
  }

  private func callee(_ name: String, base: String?, isMember: Bool) -> Callee? {
    if let base, file.aliases[base] != nil {
      return definition(named: name, alias: base).map { callee(of: $0.0, in: $0.1) }
    }
    if isMember {
      // Methods of one name take the same whatever they belong to.
      for type in [ValueType.shape, .frame] {
        if let signature = Builtins.methods[type]?[name] { return callee(of: signature, name) }
      }
      return nil
    }
    if let (definition, file) = definition(named: name, alias: nil) {
      return callee(of: definition, in: file)
    }
    return Builtins.functions[name].map { callee(of: $0, name) }
  }

  private func callee(of definition: Definition, in file: ProgramFile) -> Callee {
    let statement = file.script.statements.first {
      if case .def(let other) = $0.kind { other.name.span == definition.name.span } else { false }
    }
    let result = file.symbols.first { $0.isDefinition && $0.range.span == definition.name.span }?.type
    var arrow = ""
    if case .value = definition.body, let result, result != .unknown { arrow = " → \(result.rawValue)" }
    return Callee(
      name: definition.name.text,
      parameters: definition.parameters.map {
        AnyParameter(
          name: $0.name.text, types: ValueType(rawValue: $0.type.text).map { [$0] } ?? [],
          text: parameterText($0, in: file), isOptional: $0.defaultValue != nil)
      },
      isRepeated: false, result: arrow, documentation: statement.flatMap { file.comment(above: $0) })
  }

  func callee(of signature: FunctionSpec, _ name: String) -> Callee {
    let arrow = signature.result == .unknown ? "" : " → \(signature.result.rawValue)"
    switch signature.form {
    case .repeated(let type, let minimum, _):
      let parameter = AnyParameter(name: "", types: [type], text: type.rawValue, isOptional: false)
      return Callee(
        name: name, parameters: Array(repeating: parameter, count: min(minimum, 4)), isRepeated: true,
        result: arrow, documentation: signature.summary)
    case .parameters(let parameters):
      return Callee(
        name: name, parameters: parameters.map(describe), isRepeated: false, result: arrow,
        documentation: signature.summary)
    }
  }

  func describe(_ parameter: Parameter) -> AnyParameter {
    let types = ValueType.allCases.filter { parameter.types.contains($0) && $0 != .unknown }
    let text = types.map(\.rawValue).joined(separator: " or ")
    return AnyParameter(
      name: parameter.name, types: types,
      text: parameter.name + (text.isEmpty ? "" : ": \(text)") + (parameter.isOptional ? " = …" : ""),
      isOptional: parameter.isOptional)
  }
}
