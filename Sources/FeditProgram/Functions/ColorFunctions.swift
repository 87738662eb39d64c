import FeditPlan
import FeditSyntax

extension Builtins {
  static let colors: [FunctionSpec] = [
    FunctionSpec(
      "rgb", [Parameter("red", .number), Parameter("green", .number), Parameter("blue", .number)], .color,
      "rgb(r, g, b)", "a colour from 0…255 each"
    ) { (call) throws(Failure) in
      let channels = [try call.number(0), try call.number(1), try call.number(2)]
      if let wrong = channels.first(where: { !(0...255).contains($0) }) {
        throw call.failure(.outOfRange, "colours go from 0 to 255, found \(numberText(wrong))")
      }
      return .color(Colors.clipped(channels[0] / 255, channels[1] / 255, channels[2] / 255))
    },
    FunctionSpec(
      "hsl", [Parameter("hue", .angle), Parameter("saturation", .number), Parameter("lightness", .number)],
      .color, "hsl(h, s, l)", "hue as an angle, saturation and lightness 0…1"
    ) { (call) throws(Failure) in
      let shares = [try call.number(1), try call.number(2)]
      if let wrong = shares.first(where: { !(0...1).contains($0) }) {
        throw call.failure(
          .outOfRange, "saturation and lightness go from 0 to 1, found \(numberText(wrong))")
      }
      return .color(Colors.hsl(try call.angle(0), shares[0], shares[1]))
    },
    FunctionSpec(
      "oklch", [Parameter("lightness", .number), Parameter("chroma", .number), Parameter("hue", .angle)],
      .color, "oklch(l, c, h)", "lightness 0…1, chroma from 0, hue as an angle"
    ) { (call) throws(Failure) in
      let lightness = try call.number(0)
      let chroma = try call.number(1)
      guard (0...1).contains(lightness), chroma >= 0 else {
        throw call.failure(.outOfRange, "lightness goes from 0 to 1, and chroma starts at 0")
      }
      return .color(Colors.oklch(lightness, chroma, try call.angle(2)))
    },
    FunctionSpec(
      "sample", [Parameter("at", .point)], .color, "sample(P)",
      "the original photo's colour under P: the median of 5×5 pixels", isConstant: false
    ) { (call) throws(Failure) in .color(try call.evaluator.sample(try call.point(0), call.span)) },
    FunctionSpec(
      "mix", [Parameter("a", .color), Parameter("b", .color), Parameter("t", .number)], .color,
      "mix(a, b, t)", "a colour between two; t 0…1"
    ) { (call) throws(Failure) in
      .color(Colors.mix(try call.color(0), try call.color(1), try call.number(2)))
    },
  ]
}
