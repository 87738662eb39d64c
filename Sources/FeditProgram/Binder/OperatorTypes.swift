import FeditSyntax

/// The type of an operator's result; nil where it does not go with its operands.
func operatorType(_ symbol: Expression.BinaryOperator, _ left: ValueType, _ right: ValueType) -> ValueType? {
  switch symbol {
  case .and, .or:
    return [left, right].allSatisfy { $0 == .bool || $0 == .unknown } ? .bool : nil
  case .equal, .notEqual:
    let comparable: Set<ValueType> = [.number, .angle, .bool, .string, .color, .point, .unknown]
    guard comparable.contains(left), comparable.contains(right) else { return nil }
    return left == right || left == .unknown || right == .unknown ? .bool : nil
  case .less, .lessOrEqual, .greater, .greaterOrEqual:
    let ordered: Set<ValueType> = [.number, .angle, .unknown]
    guard ordered.contains(left), ordered.contains(right) else { return nil }
    return left == right || left == .unknown || right == .unknown ? .bool : nil
  case .rangeHalfOpen, .rangeClosed:
    return [left, right].allSatisfy { $0 == .number || $0 == .unknown } ? .range : nil
  case .intersect:
    return [left, right].allSatisfy { $0 == .shape || $0 == .unknown } ? .shape : nil
  case .add, .subtract:
    if left == .unknown {
      return right == .unknown ? .unknown : [.number, .angle, .point, .shape].contains(right) ? right : nil
    }
    guard [.number, .angle, .point, .shape].contains(left) else { return nil }
    return left == right || right == .unknown ? left : nil
  case .multiply:
    switch (left, right) {
    case (.number, .number): return .number
    case (.number, .angle), (.angle, .number): return .angle
    case (.number, .point), (.point, .number): return .point
    case (.unknown, .unknown), (.unknown, .number), (.number, .unknown): return .unknown
    case (.unknown, .angle), (.angle, .unknown): return .angle
    case (.unknown, .point), (.point, .unknown): return .point
    default: return nil
    }
  case .divide:
    switch (left, right) {
    case (.number, .number), (.angle, .angle): return .number
    case (.angle, .number): return .angle
    case (.point, .number): return .point
    case (.unknown, .number), (.unknown, .unknown), (.unknown, .angle), (.angle, .unknown): return .unknown
    case (.number, .unknown): return .number
    case (.point, .unknown): return .point
    default: return nil
    }
  case .remainder:
    switch (left, right) {
    case (.number, .number), (.number, .unknown), (.unknown, .number): return .number
    case (.angle, .angle): return .angle
    case (.unknown, .unknown), (.unknown, .angle), (.angle, .unknown): return .unknown
    default: return nil
    }
  }
}
