/// The types of the language's values.
public enum ValueType: String, Hashable, Sendable, CaseIterable {
  case number, angle, bool, string, color, point, list, range, shape
  /// A layer drawn elsewhere; only a stroke takes it.
  case image
  /// `face`, `moved(…)`: only `in` takes it.
  case frame
  /// Not known before the script runs, or reported already.
  case unknown

  /// The types that a definition's parameters may have, as they are written.
  public static let declarable: [ValueType] = [
    .number, .angle, .bool, .string, .color, .point, .shape, .list,
  ]
  /// The types that a `param` may have.
  public static let settable: [ValueType] = [.number, .angle, .bool, .string, .color, .point]

  /// With its article, for messages.
  public var described: String {
    switch self {
    case .angle: "an angle"
    case .image: "an image"
    case .unknown: "a value"
    case .color: "a colour"
    case .bool: "a truth value"
    default: "a \(rawValue)"
    }
  }

  /// How values of a declarable type are written.
  public var reference: WordSpec? {
    switch self {
    case .number: WordSpec("12  1.5  1e3", "A number, at most 1000000 in size.")
    case .angle: WordSpec("30deg", "An angle; positive turns clockwise on the screen.")
    case .bool: WordSpec("true  false", "A condition.")
    case .string: WordSpec("\"text \\(value)\"", "A text; \\(…) puts a value in.")
    case .color: WordSpec("#8b5a2b  brown  rgb(139, 90, 43)  sample(P)", "A colour.")
    case .point: WordSpec("(x, y)", "A place; .x and .y are its coordinates.")
    case .shape: WordSpec("circle((10, 10), 4)", "A line or an area; shapes combine by +, - and &.")
    case .list: WordSpec("[a, b]  0..<8", "Values in order; list[0] is the first.")
    case .range, .image, .frame, .unknown: nil
    }
  }
}
