import FeditPlan
import FeditSyntax

extension Builtins {
  /// A function from one number to another.
  private static func number(
    _ name: String, _ summary: String, _ compute: @escaping @Sendable (Double) -> Double
  ) -> FunctionSpec {
    FunctionSpec(name, [Parameter("x", .number)], .number, "\(name)(x)", summary) { (call) throws(Failure) in
      .number(compute(try call.number(0)))
    }
  }

  /// The first of numbers by an order.
  private static func best(
    _ name: String, _ summary: String, _ isBetter: @escaping @Sendable (Double, Double) -> Double
  ) -> FunctionSpec {
    FunctionSpec(name, .repeated(.number, minimum: 1, step: 1), .number, "\(name)(a, b, …)", summary) {
      (call) throws(Failure) in
      let numbers = try call.numbers()
      return .number(numbers.dropFirst().reduce(numbers[0], isBetter))
    }
  }

  static let numbers: [FunctionSpec] = [
    best("min", "the least of numbers") { Swift.min($0, $1) },
    best("max", "the greatest of numbers") { Swift.max($0, $1) },
    number("abs", "the size of a number") { Swift.abs($0) },
    number("floor", "the whole number below") { $0.rounded(.down) },
    number("round", "the nearest whole number; halves away from 0") { $0.rounded(.toNearestOrAwayFromZero) },
    FunctionSpec("sqrt", [Parameter("x", .number)], .number, "sqrt(x)", "the square root") {
      (call) throws(Failure) in
      let x = try call.number(0)
      guard x >= 0 else { throw call.failure(.outOfRange, "a negative number has no square root") }
      return .number(x.squareRoot())
    },
    FunctionSpec("sin", [Parameter("a", .angle)], .number, "sin(A)", "the sine of an angle") {
      (call) throws(Failure) in .number(sine(try call.angle(0)))
    },
    FunctionSpec("cos", [Parameter("a", .angle)], .number, "cos(A)", "the cosine of an angle") {
      (call) throws(Failure) in .number(cosine(try call.angle(0)))
    },
    FunctionSpec(
      "atan2", [Parameter("y", .number), Parameter("x", .number)], .angle, "atan2(y, x)",
      "the angle of the vector (x, y)"
    ) { (call) throws(Failure) in .angle(arcTangent(try call.number(0), try call.number(1))) },
    FunctionSpec(
      "lerp", [Parameter("a", .number, .point), Parameter("b", .number, .point), Parameter("t", .number)],
      .unknown, "lerp(a, b, t)", "between two numbers or points; t 0…1", givesFirstType: true
    ) { (call) throws(Failure) in
      let t = try call.number(2)
      if case .number? = call.values[0] {
        let a = try call.number(0)
        return try call.checked(a + (try call.number(1) - a) * t)
      }
      let a = try call.point(0)
      let b = try call.point(1)
      return try call.evaluator.checked(Point(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t), call.span)
    },
    FunctionSpec(
      "clamp", [Parameter("x", .number), Parameter("low", .number), Parameter("high", .number)], .number,
      "clamp(x, low, high)", "x, but no less than low and no more than high"
    ) { (call) throws(Failure) in
      let low = try call.number(1)
      let high = try call.number(2)
      guard low <= high else { throw call.failure(.outOfRange, "'low' is more than 'high'") }
      return .number(Swift.min(Swift.max(try call.number(0), low), high))
    },
    FunctionSpec(
      "length", [Parameter("of", .point, .list, .string)], .number, "length(P)",
      "the length of a vector; the number of a list's elements or a string's characters"
    ) { (call) throws(Failure) in
      switch call.values[0] {
      case .list(let list)?: return .number(Double(list.elements.count))
      case .range(let from, let to)?: return .number(Double(to - from))
      case .string(let text)?:
        try call.evaluator.charge(text: text, call.span)
        return .number(Double(text.count))
      default: return try call.checked(Shapes.distance(try call.point(0), Point(0, 0)))
      }
    },
    FunctionSpec(
      "random", [Parameter("key", .number, .string, .point)], .number, "random(KEY)",
      "a number 0 ≤ x < 1, always the same for the same key"
    ) { (call) throws(Failure) in
      let key = call.values[0]?.sourceText ?? ""
      try call.evaluator.charge(text: key, call.span)
      return .number(hashed(key))
    },
  ]

  /// FNV-1a of a text, then the finalizer of SplitMix64: 53 bits as 0 ≤ x < 1.
  private static func hashed(_ key: String) -> Double {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    hash &+= 0x9e37_79b9_7f4a_7c15
    hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
    hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
    hash ^= hash >> 31
    return Double(hash >> 11) * 0x1p-53
  }
}
