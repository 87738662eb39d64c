/// A parameter of a function or method.
public struct Parameter: Sendable {
  public var name: String
  public var types: Set<ValueType>
  public var isOptional: Bool

  init(_ name: String, _ types: ValueType..., isOptional: Bool = false) {
    self.name = name
    self.types = Set(types)
    self.isOptional = isOptional
  }
}

/// What a function takes and gives.
public struct Signature: Sendable {
  public enum Form: Sendable {
    case parameters([Parameter])
    /// At least so many values of one type, or one list of them.
    case repeated(ValueType, minimum: Int)
  }

  public var form: Form
  public var result: ValueType
  /// As it stands in the reference.
  public var usage: String
  /// What it is, in a line.
  public var summary: String
}

/// The functions and methods of the language.
public enum Builtins {
  static let about = Parameter("about", .point, isOptional: true)

  public static let functions: [String: Signature] = [
    // Shapes
    "line": points(2, "line(P, P, …)", "straight lines from point to point; open"),
    "curve": points(2, "curve(P, P, …)", "a smooth line through its points; open"),
    "bezier": points(4, "bezier(P, C, C, P, …)", "cubic Béziers: a point, then two handles and a point each"),
    "polygon": points(3, "polygon(P, P, P, …)", "a closed shape with straight sides"),
    "blob": points(3, "blob(P, P, P, …)", "a closed, smooth shape through its points"),
    "arc": make(
      [
        Parameter("center", .point), Parameter("radius", .number), Parameter("from", .angle),
        Parameter("to", .angle),
      ],
      .shape, "arc(center, radius, from, to)", "a part of a circle; angles clockwise from the right; open"),
    "rect": make(
      [
        Parameter("origin", .point, .list), Parameter("size", .point, isOptional: true),
        Parameter("round", .number, isOptional: true),
      ], .shape, "rect(origin, size, round: r)", "a rectangle, its corners rounded by r"),
    "ellipse": make(
      [Parameter("center", .point, .list), Parameter("radii", .point, isOptional: true)], .shape,
      "ellipse(center, (rx, ry))", "an ellipse"),
    "circle": make(
      [Parameter("center", .point), Parameter("r", .number)], .shape, "circle(center, r)", "a circle"),
    "path": make([Parameter("data", .string)], .shape, "path(\"M 10 10 C …\")", "SVG path data"),
    "image": make([Parameter("file", .string)], .image, "image(\"FILE\")", "a layer drawn elsewhere"),
    // Frames
    "moved": make([Parameter("by", .point)], .frame, "moved(by: P)", "a frame moved by P"),
    "scaled": make(
      [Parameter("by", .number, .point), about], .frame, "scaled(by: N, about: P)", "a frame scaled about P"),
    "rotated": make(
      [Parameter("by", .angle), about], .frame, "rotated(by: A, about: P)", "a frame turned clockwise about P"
    ),
    // Colours
    "rgb": make(
      [Parameter("red", .number), Parameter("green", .number), Parameter("blue", .number)], .color,
      "rgb(r, g, b)", "a colour from 0…255 each"),
    "hsl": make(
      [Parameter("hue", .angle), Parameter("saturation", .number), Parameter("lightness", .number)], .color,
      "hsl(h, s, l)", "hue as an angle, saturation and lightness 0…1"),
    "oklch": make(
      [Parameter("lightness", .number), Parameter("chroma", .number), Parameter("hue", .angle)], .color,
      "oklch(l, c, h)", "lightness 0…1, chroma from 0, hue as an angle"),
    "sample": make(
      [Parameter("at", .point)], .color, "sample(P)",
      "the original photo's colour under P: the median of 5×5 pixels"),
    "mix": make(
      [Parameter("a", .color), Parameter("b", .color), Parameter("t", .number)], .color, "mix(a, b, t)",
      "a colour between two; t 0…1"),
    // Numbers
    "min": make(.repeated(.number, minimum: 1), .number, "min(a, b, …)", "the least of numbers"),
    "max": make(.repeated(.number, minimum: 1), .number, "max(a, b, …)", "the greatest of numbers"),
    "abs": number("abs(x)", "the size of a number"),
    "floor": number("floor(x)", "the whole number below"),
    "round": number("round(x)", "the nearest whole number; halves away from 0"),
    "sqrt": number("sqrt(x)", "the square root"),
    "sin": make([Parameter("a", .angle)], .number, "sin(A)", "the sine of an angle"),
    "cos": make([Parameter("a", .angle)], .number, "cos(A)", "the cosine of an angle"),
    "atan2": make(
      [Parameter("y", .number), Parameter("x", .number)], .angle, "atan2(y, x)",
      "the angle of the vector (x, y)"),
    "lerp": make(
      [Parameter("a", .number, .point), Parameter("b", .number, .point), Parameter("t", .number)], .unknown,
      "lerp(a, b, t)", "between two numbers or points; t 0…1"),
    "clamp": make(
      [Parameter("x", .number), Parameter("low", .number), Parameter("high", .number)], .number,
      "clamp(x, low, high)", "x, but no less than low and no more than high"),
    "length": make(
      [Parameter("of", .point, .list, .string)], .number, "length(P)",
      "the length of a vector; the number of a list's elements or a string's characters"),
    "random": make(
      [Parameter("key", .number, .string, .point)], .number, "random(KEY)",
      "a number 0 ≤ x < 1, always the same for the same key"),
  ]

  /// Methods by the type they belong to.
  public static let methods: [ValueType: [String: Signature]] = [
    .shape: [
      "moved": make([Parameter("by", .point)], .shape, ".moved(by: P)", "the shape moved by P"),
      "scaled": make(
        [Parameter("by", .number, .point), about], .shape, ".scaled(by: N, about: P)",
        "the shape scaled about P"),
      "rotated": make(
        [Parameter("by", .angle), about], .shape, ".rotated(by: A, about: P)",
        "the shape turned clockwise about P"),
      "mirrored": make(
        [Parameter("x", .number)], .shape, ".mirrored(x: X)",
        "the shape mirrored about the vertical line at X"),
      "grown": make(
        [Parameter("by", .number)], .shape, ".grown(R)",
        "the shape united with its own outline, 2R wide; a negative R takes away"),
    ],
    .frame: [
      "moved": make([Parameter("by", .point)], .frame, ".moved(by: P)", "the frame moved by P"),
      "scaled": make(
        [Parameter("by", .number, .point), about], .frame, ".scaled(by: N, about: P)",
        "the frame scaled about P"),
      "rotated": make(
        [Parameter("by", .angle), about], .frame, ".rotated(by: A, about: P)", "the frame turned about P"),
    ],
  ]

  private static func make(
    _ parameters: [Parameter], _ result: ValueType, _ usage: String, _ summary: String
  ) -> Signature {
    Signature(form: .parameters(parameters), result: result, usage: usage, summary: summary)
  }

  private static func make(
    _ form: Signature.Form, _ result: ValueType, _ usage: String, _ summary: String
  ) -> Signature {
    Signature(form: form, result: result, usage: usage, summary: summary)
  }

  private static func points(_ minimum: Int, _ usage: String, _ summary: String) -> Signature {
    make(.repeated(.point, minimum: minimum), .shape, usage, summary)
  }

  private static func number(_ usage: String, _ summary: String) -> Signature {
    make([Parameter("x", .number)], .number, usage, summary)
  }
}
