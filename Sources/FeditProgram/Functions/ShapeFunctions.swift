import FeditPlan
import FeditSyntax

extension Builtins {
  /// A function of points that makes one path.
  private static func points(
    _ name: String, _ minimum: Int, step: Int = 1, _ usage: String, _ summary: String,
    _ make: @escaping @Sendable ([Point]) -> PlanShape
  ) -> FunctionSpec {
    FunctionSpec(name, .repeated(.point, minimum: minimum, step: step), .shape, usage, summary) {
      (call) throws(Failure) in try call.made(make(try call.points()))
    }
  }

  static let shapes: [FunctionSpec] = [
    points("line", 2, "line(P, P, …)", "straight lines from point to point; open", Shapes.line),
    points("curve", 2, "curve(P, P, …)", "a smooth line through its points; open", Shapes.curve),
    points(
      "bezier", 4, step: 3, "bezier(P, C, C, P, …)",
      "cubic Béziers: a point, then two handles and a point each",
      Shapes.bezier),
    points("polygon", 3, "polygon(P, P, P, …)", "a closed shape with straight sides", Shapes.polygon),
    points("blob", 3, "blob(P, P, P, …)", "a closed, smooth shape through its points", Shapes.blob),
    FunctionSpec(
      "arc",
      [
        Parameter("center", .point), Parameter("radius", .number), Parameter("from", .angle),
        Parameter("to", .angle),
      ], .shape, "arc(center, radius, from, to)", "a part of a circle; angles clockwise from the right; open"
    ) { (call) throws(Failure) in
      let radius = try call.positive(try call.number(1), "a radius")
      return try call.made(
        Shapes.arc(try call.point(0), radius, from: try call.angle(2), to: try call.angle(3)))
    },
    FunctionSpec(
      "rect",
      [
        Parameter("origin", .point, .list), Parameter("size", .point, isOptional: true),
        Parameter("round", .number, isOptional: true),
      ], .shape, "rect(origin, size, round: r)", "a rectangle, its corners rounded by r", takesPair: true
    ) { (call) throws(Failure) in
      let round = try call.number(2, default: 0)
      guard round >= 0 else { throw call.failure(.outOfRange, "a corner's radius must be 0 or more") }
      let size = try call.point(1)
      guard size.x != 0, size.y != 0 else {
        throw call.failure(.outOfRange, "a rectangle's sides must not be 0")
      }
      return try call.made(Shapes.rect(try call.point(0), size, round: round))
    },
    FunctionSpec(
      "ellipse", [Parameter("center", .point, .list), Parameter("radii", .point, isOptional: true)], .shape,
      "ellipse(center, (rx, ry))", "an ellipse", takesPair: true
    ) { (call) throws(Failure) in
      let radii = try call.point(1)
      _ = try call.positive(radii.x, "a radius")
      _ = try call.positive(radii.y, "a radius")
      return try call.made(Shapes.ellipse(try call.point(0), radii))
    },
    FunctionSpec(
      "circle", [Parameter("center", .point), Parameter("r", .number)], .shape, "circle(center, r)",
      "a circle"
    ) { (call) throws(Failure) in
      let radius = try call.positive(try call.number(1), "a radius")
      return try call.made(Shapes.ellipse(try call.point(0), Point(radius, radius)))
    },
    FunctionSpec(
      "path", [Parameter("data", .string)], .shape, "path(\"M 10 10 C …\")", "SVG path data",
      literalCheck: .pathData
    ) { (call) throws(Failure) in
      let data = try call.string(0)
      let shape: PlanShape
      do throws(SVGPath.Problem) {
        shape = try SVGPath.parse(data, limit: call.evaluator.options.limits.elements)
      } catch {
        throw call.failure(.badPathData, "\(error.message) (character \(error.offset + 1))")
      }
      return try call.made(shape)
    },
    FunctionSpec(
      "image", [Parameter("file", .string)], .image, "image(\"FILE\")", "a layer drawn elsewhere",
      isConstant: false, literalCheck: .picture
    ) { (call) throws(Failure) in
      .image(try call.evaluator.file(try call.string(0), call.spans.first ?? call.span, what: "image"))
    },
    FunctionSpec(
      "svg", [Parameter("file", .string), Parameter("layer", .string, isOptional: true)], .image,
      "svg(\"FILE\"), svg(\"FILE\", \"LAYER\")",
      "the paths of an SVG file, of its layers mask, sketch and color where it has them", isConstant: false,
      literalCheck: .picture
    ) { (call) throws(Failure) in
      let span = call.spans.first ?? call.span
      let layer = call.values[1] == nil ? nil : try call.string(1)
      return .drawing(try call.evaluator.file(try call.string(0), span, what: "drawing"), layer: layer)
    },
  ]

  // MARK: Motions

  /// What `moved`, `scaled` and `rotated` do, for shapes, frames and frames' methods alike.
  private struct Motion {
    var name: String
    var parameters: [Parameter]
    var usage: String
    /// Behind "the shape" or "a frame".
    var summary: String
    var map: @Sendable (Call) throws(Failure) -> Affine
  }

  private static let about = Parameter("about", .point, isOptional: true)

  private static let motions: [Motion] = [
    Motion(name: "moved", parameters: [Parameter("by", .point)], usage: "moved(by: P)", summary: "moved by P")
    {
      (call) throws(Failure) in
      let by = try call.point(0)
      return .translation(by.x, by.y)
    },
    Motion(
      name: "scaled", parameters: [Parameter("by", .number, .point), about], usage: "scaled(by: N, about: P)",
      summary: "scaled about P"
    ) { (call) throws(Failure) in
      var by: Point
      if case .number(let factor)? = call.values[0] {
        by = Point(factor, factor)
      } else {
        by = try call.point(0)
      }
      guard by.x != 0, by.y != 0 else { throw call.failure(.outOfRange, "scaling by 0 leaves nothing") }
      return .scaling(by.x, by.y, about: try call.point(1, default: Point(0, 0)))
    },
    Motion(
      name: "rotated", parameters: [Parameter("by", .angle), about], usage: "rotated(by: A, about: P)",
      summary: "turned clockwise about P"
    ) { (call) throws(Failure) in
      .rotation(try call.angle(0), about: try call.point(1, default: Point(0, 0)))
    },
  ]

  static let frames: [FunctionSpec] = motions.map { motion in
    FunctionSpec(
      motion.name, motion.parameters, .frame, motion.usage, "a frame \(motion.summary)"
    ) { (call) throws(Failure) in .frame(try motion.map(call)) }
  }

  static let frameMethods: [FunctionSpec] = motions.map { motion in
    FunctionSpec(
      motion.name, motion.parameters, .frame, "." + motion.usage, "the frame \(motion.summary)"
    ) { (call) throws(Failure) in .frame(try call.frame().then(try motion.map(call))) }
  }

  static let shapeMethods: [FunctionSpec] =
    motions.map { motion in
      FunctionSpec(
        motion.name, motion.parameters, .shape, "." + motion.usage, "the shape \(motion.summary)"
      ) { (call) throws(Failure) in
        try call.evaluator.mapped(try call.shape(), try motion.map(call), call.span)
      }
    } + [
      FunctionSpec(
        "mirrored", [Parameter("x", .number)], .shape, ".mirrored(x: X)",
        "the shape mirrored about the vertical line at X"
      ) { (call) throws(Failure) in
        let map = Affine.scaling(-1, 1, about: Point(try call.number(0), 0))
        return try call.evaluator.mapped(try call.shape(), map, call.span)
      },
      FunctionSpec(
        "grown", [Parameter("by", .number)], .shape, ".grown(R)",
        "the shape united with its own outline, 2R wide; a negative R takes away"
      ) { (call) throws(Failure) in
        let shape = try call.shape()
        let grown = PlanShape.grown(shape.shape, radius: try call.number(0), pen: .identity)
        return .shape(try call.evaluator.combined(grown, [shape], call.span))
      },
    ]
}
