import FeditImage
import FeditPlan
import FeditRaster
import Testing

private let red = PlanColor(red: 200, green: 16, blue: 32)
private let blue = PlanColor(red: 1, green: 2, blue: 254)

@Test("show") func show() throws {
  func p(_ name: String, _ text: String) { print("=== \(name)\n\(text)") }
  p("mask rect", art(try drawn(12, Make.stroke(.mask, Make.rect(2, 3, 5, 4))).mask, 12))
  p("mask circle", art(try drawn(16, Make.stroke(.mask, Make.circle(8, 8, 6))).mask, 16))
  p("mask line brush 3", art(try drawn(16, Make.stroke(.mask, Make.line((3, 3), (12, 9)), brush: 3)).mask, 16))
  p("sketch rect", art(try drawn(12, Make.stroke(.sketch, Make.rect(2, 3, 5, 4))).sketch, 12))
  p("sketch circle", art(try drawn(16, Make.stroke(.sketch, Make.circle(8, 8, 6))).sketch, 16))
  p("sketch circle small", art(try drawn(16, Make.stroke(.sketch, Make.circle(8, 8, 2.4))).sketch, 16))
  p("sketch line", art(try drawn(16, Make.stroke(.sketch, Make.line((1, 2), (14, 7), (3, 14)))).sketch, 16))
  p("sketch brush", art(try drawn(16, Make.stroke(.sketch, Make.line((1, 2), (14, 7), (3, 14)), brush: 2)).sketch, 16))
  let a = Make.circle(6, 8, 5), b = Make.circle(11, 8, 4)
  p("union sketch", art(try drawn(16, Make.stroke(.sketch, .union(a, b))).sketch, 16))
  p("union mask", art(try drawn(16, Make.stroke(.mask, .union(a, b))).mask, 16))
  p("subtraction mask", art(try drawn(16, Make.stroke(.mask, .subtraction(a, b))).mask, 16))
  p("subtraction sketch", art(try drawn(16, Make.stroke(.sketch, .subtraction(a, b))).sketch, 16))
  p("intersection mask", art(try drawn(16, Make.stroke(.mask, .intersection(a, b))).mask, 16))
  p("intersection sketch", art(try drawn(16, Make.stroke(.sketch, .intersection(a, b))).sketch, 16))
  p("grown rect 2", art(try drawn(16, Make.stroke(.mask, .grown(Make.rect(5, 6, 5, 4), radius: 2, pen: .identity))).mask, 16))
  p("grown rect stretched", art(try drawn(16, Make.stroke(.mask, .grown(Make.rect(5, 6, 5, 4), radius: 2, pen: .scale(2, 0.5)))).mask, 16))
  p("grown subtraction 1.5", art(try drawn(16, Make.stroke(.mask, .grown(.subtraction(a, b), radius: 1.5, pen: .identity))).mask, 16))
  p("grown rect -1", art(try drawn(16, Make.stroke(.mask, .grown(Make.rect(3, 3, 9, 8), radius: -1.6, pen: .identity))).mask, 16))
  p("grown subtraction -1", art(try drawn(16, Make.stroke(.mask, .grown(.subtraction(a, b), radius: -1, pen: .identity))).mask, 16))
  p("colors", art(try drawn(16, Make.stroke(.color, Make.rect(2, 2, 8, 8), color: red), Make.stroke(.color, Make.circle(9, 9, 4), color: blue), Make.stroke(.color, Make.line((2, 12), (14, 3)), color: red, brush: 2), Make.stroke(.color, Make.rect(8, 8, 3, 3), erase: true)), [("r", red), ("b", blue)]))
  p("sketch line - circle", art(try drawn(16, Make.stroke(.sketch, .subtraction(Make.line((1, 1), (15, 14)), a))).sketch, 16))
  p("sketch line + circle", art(try drawn(16, Make.stroke(.sketch, .union(Make.line((1, 1), (15, 14)), a))).sketch, 16))
  p("sketch line & circle", art(try drawn(16, Make.stroke(.sketch, .intersection(Make.line((1, 1), (15, 14)), a))).sketch, 16))
  p("sketch outline brush of union", art(try drawn(16, Make.stroke(.sketch, .union(a, b), brush: 2)).sketch, 16))
  let turned = Make.region(size: 16, side: 16, middle: (8, 8), cosine: 0.8, sine: 0.6)
  let l = try Rasterizer.layers(of: Make.edit([Make.stroke(.mask, Make.rect(4, 4, 8, 6)), Make.stroke(.sketch, Make.rect(4, 4, 8, 6))]), in: turned, photo: Make.photo(16, 16), images: [:])
  p("turned mask", art(l.mask, 16))
  p("turned sketch", art(l.sketch, 16))
}
