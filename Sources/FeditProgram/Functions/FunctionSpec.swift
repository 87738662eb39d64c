import FeditPixels
import FeditPlan
import FeditSyntax

/// A parameter of a function or method.
public struct Parameter: Sendable {
  /// By which a call may name it.
  public var name: String
  /// The types that it takes.
  public var types: Set<ValueType>
  /// Whether a call may leave it out.
  public var isOptional: Bool

  init(_ name: String, _ types: ValueType..., isOptional: Bool = false) {
    self.name = name
    self.types = Set(types)
    self.isOptional = isOptional
  }
}

/// All there is to know about a function of the language, or about a method of a type.
public struct FunctionSpec: Sendable {
  /// What arguments it takes.
  public enum Form: Sendable {
    case parameters([Parameter])
    /// At least so many values of one type, or one list of them; more come in groups of `step`.
    case repeated(ValueType, minimum: Int, step: Int)
  }

  /// What can be checked of a text that is written out, before anything is evaluated.
  enum LiteralCheck: Sendable { case pathData, picture }

  /// What it is called by.
  public let name: String
  /// What arguments it takes.
  public let form: Form
  /// The type of its value.
  public let result: ValueType
  /// As it stands in the reference.
  public let usage: String
  /// What it is, in a line.
  public let summary: String
  /// Whether the value depends on nothing but the arguments: neither on the photo nor on other files.
  public let isConstant: Bool
  /// Whether the result has the type of the first argument.
  let givesFirstType: Bool
  /// Whether one list of two points may stand for the first two parameters.
  let takesPair: Bool
  let literalCheck: LiteralCheck?
  /// What it does, with arguments whose number and types have been checked.
  let apply: @Sendable (Call) throws(Failure) -> Value

  init(
    _ name: String, _ form: Form, _ result: ValueType, _ usage: String, _ summary: String,
    isConstant: Bool = true,
    givesFirstType: Bool = false, takesPair: Bool = false, literalCheck: LiteralCheck? = nil,
    apply: @escaping @Sendable (Call) throws(Failure) -> Value
  ) {
    self.name = name
    self.form = form
    self.result = result
    self.usage = usage
    self.summary = summary
    self.isConstant = isConstant
    self.givesFirstType = givesFirstType
    self.takesPair = takesPair
    self.literalCheck = literalCheck
    self.apply = apply
  }

  init(
    _ name: String, _ parameters: [Parameter], _ result: ValueType, _ usage: String, _ summary: String,
    isConstant: Bool = true, givesFirstType: Bool = false, takesPair: Bool = false,
    literalCheck: LiteralCheck? = nil, apply: @escaping @Sendable (Call) throws(Failure) -> Value
  ) {
    self.init(
      name, .parameters(parameters), result, usage, summary, isConstant: isConstant,
      givesFirstType: givesFirstType, takesPair: takesPair, literalCheck: literalCheck, apply: apply)
  }

  /// What is wrong with a number of arguments (or of elements, where a list stands for them); nil where it is right.
  func problem(withCount count: Int) -> String? {
    guard case .repeated(let type, let minimum, let step) = form else { return nil }
    if count < minimum { return "'\(name)' needs at least \(minimum) \(type.rawValue)s, found \(count)" }
    guard (count - minimum) % step != 0 else { return nil }
    return
      "'\(name)' takes \(minimum - step) \(type.rawValue) and then \(step) for each piece, found \(count)"
  }
}

/// A call that is being carried out: its arguments by the places of their parameters.
struct Call {
  let evaluator: Evaluator
  let spec: FunctionSpec
  let span: Span
  /// The shape or frame that a method belongs to.
  var receiver: Value?
  /// nil where an optional parameter has no argument. Of repeated arguments all of them.
  let values: [Value?]
  /// Where the arguments stand.
  let spans: [Span]

  /// What a value is, as the table promises and the checks have seen to.
  private func taken<Wanted>(_ value: Value?, _ take: (Value) -> Wanted?) throws(Failure) -> Wanted {
    guard let taken = value.flatMap(take) else {
      throw failure(.wrongArguments, "the arguments of '\(spec.name)' do not fit")
    }
    return taken
  }

  func number(_ index: Int) throws(Failure) -> Double {
    try taken(values[index]) { if case .number(let value) = $0 { value } else { nil } }
  }

  func angle(_ index: Int) throws(Failure) -> Double {
    try taken(values[index]) { if case .angle(let value) = $0 { value } else { nil } }
  }

  func point(_ index: Int) throws(Failure) -> Point {
    try taken(values[index]) { if case .point(let value) = $0 { value } else { nil } }
  }

  func color(_ index: Int) throws(Failure) -> RGB8 {
    try taken(values[index]) { if case .color(let value) = $0 { value } else { nil } }
  }

  func string(_ index: Int) throws(Failure) -> String {
    try taken(values[index]) { if case .string(let value) = $0 { value } else { nil } }
  }

  /// The point of an optional parameter.
  func point(_ index: Int, default standard: Point) throws(Failure) -> Point {
    values[index] == nil ? standard : try point(index)
  }

  func number(_ index: Int, default standard: Double) throws(Failure) -> Double {
    values[index] == nil ? standard : try number(index)
  }

  /// All arguments of a function that takes any number of points.
  func points() throws(Failure) -> [Point] {
    var result: [Point] = []
    result.reserveCapacity(values.count)
    for index in values.indices { result.append(try point(index)) }
    return result
  }

  func numbers() throws(Failure) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(values.count)
    for index in values.indices { result.append(try number(index)) }
    return result
  }

  func shape() throws(Failure) -> ShapeValue {
    try taken(receiver) { if case .shape(let shape) = $0 { shape } else { nil } }
  }

  func frame() throws(Failure) -> Affine {
    try taken(receiver) { if case .frame(let frame) = $0 { frame } else { nil } }
  }

  // MARK: Failing and making

  func failure(_ id: DiagnosticID, _ message: String, hints: [String] = []) -> Failure {
    evaluator.failure(id, message, span, hints: hints)
  }

  /// A number above 0.
  func positive(_ value: Double, _ what: String) throws(Failure) -> Double {
    guard value > 0 else {
      throw failure(.outOfRange, "\(what) must be more than 0, found \(numberText(value))")
    }
    return value
  }

  /// A number that is finite and not too large.
  func checked(_ value: Double) throws(Failure) -> Value { .number(try evaluator.checked(value, span)) }

  /// A new shape that is one path.
  func made(_ shape: PlanShape) throws(Failure) -> Value { try evaluator.made(shape, span) }
}

/// The functions and methods of the language.
public enum Builtins {
  /// Functions in the order of the reference.
  public static let all: [FunctionSpec] = shapes + frames + colors + numbers

  /// Functions by name.
  public static let functions = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// Methods by the type they belong to.
  public static let methods: [ValueType: [String: FunctionSpec]] = [
    .shape: Dictionary(shapeMethods.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }),
    .frame: Dictionary(frameMethods.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }),
  ]
}
