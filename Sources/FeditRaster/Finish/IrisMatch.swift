import FeditPixels
import FeditPlan

/// Gives an iris that was filled in the colour of the other eye's.
///
/// A generator knows that most irises are brown: beside a blue one that it sees opposite it likes to paint a brown one.
/// So the mean of the one that is seen, over what is neither pupil nor reflected light, is given to the one in the fill.
/// Pupils stay dark, lids and reflections light.
package enum IrisMatch {
  // All in distances between the eyes: an iris measures 11.7 mm, the pupils are 63 mm apart.
  /// What of the other eye is to be seen, from the middle between its corners: half its width and height.
  private static let (width, height) = (0.16, 0.13)
  /// How far from there an iris is looked for: gaze moves it.
  private static let (turn, lift) = (0.08, 0.05)
  /// What of an iris is looked for and compared, and where the change begins to end and has ended.
  private static let (iris, full, end) = (0.075, 0.085, 0.12)
  /// An eye within which something is drawn is left as it was drawn.
  private static let drawn = 0.25
  /// The least distance of the eyes, in pixels of the frame, at which an iris is seen at all.
  private static let leastDistance = 20.0
  /// How much darker than what is around it an iris is, at least, in levels: closed eyes and sunglasses have none.
  private static let contrast: Float = 10
  /// What is lighter than the iris by these factors is changed less, and not at all: lids, the white of the eye, light.
  /// What is darker is changed in proportion.
  private static let (lighter, lightest): (Float, Float) = (1.2, 1.9)

  /// Changes a fill where its mask hides one of the face's eyes and shows the other.
  ///
  /// - Parameters:
  ///   - fill: `size`×`size`×3 levels, red first; changed inside the mask.
  ///   - layers: The frame's layers.
  ///   - mirror: What lies opposite in the face.
  ///   - axis: The line between the face's halves.
  ///   - toPhoto: From the frame to the photo.
  /// - Returns: The colours of the iris that is seen, in levels; empty where nothing was changed.
  package static func match(
    _ fill: inout [Float], layers: Layers, mirror: MirroredFrame, axis: FaceAxis, toPhoto: Affine
  ) -> [SIMD3<Float>] {
    guard let toFrame = toPhoto.inverse else { return [] }
    let half = axis.eyeDistance / 2
    let ends = [-half, half].map { side in
      toFrame(Point(axis.middle.x + axis.across.x * side, axis.middle.y + axis.across.y * side))
    }
    let (x, y) = (ends[1].x - ends[0].x, ends[1].y - ends[0].y)
    let distance = (x * x + y * y).squareRoot()
    guard distance >= leastDistance else { return [] }
    // Where both eyes are masked neither is known, so at most one is changed.
    for middle in ends {
      let eye = Eye(
        middle: middle, across: Point(x / distance, y / distance), distance: distance, size: layers.size)
      guard eye.isFilled(layers, mirror), let seen = eye.iris(in: mirror.levels, known: mirror.known),
        eye.isIris(seen, in: mirror.levels),
        let made = eye.iris(in: fill)
      else { continue }
      eye.change(&fill, made, to: color(of: seen, in: mirror.levels), layers.mask)
      return seen.pixels.map { pixel(mirror.levels, $0) }
    }
    return []
  }

  private static func pixel(_ levels: [Float], _ i: Int) -> SIMD3<Float> {
    SIMD3(levels[3 * i], levels[3 * i + 1], levels[3 * i + 2])
  }

  private static func luma(_ color: SIMD3<Float>) -> Float { Luma.of(color.x, color.y, color.z) }

  /// The mean of an iris without its pupil, shadow and reflections: of what lies between the darkest and the lightest.
  private static func color(of iris: Iris, in levels: [Float]) -> SIMD3<Float> {
    let order = iris.pixels.sorted { (luma(pixel(levels, $0)), $0) < (luma(pixel(levels, $1)), $1) }
    let first = order.count * 30 / 100
    let middling = order[first..<max(order.count * 85 / 100, first + 1)]
    return middling.reduce(into: SIMD3<Float>()) { $0 += pixel(levels, $1) } / Float(middling.count)
  }

  private struct Iris {
    var center: Point
    var pixels: [Int]
  }

  /// An eye of the face in the frame.
  private struct Eye {
    /// Midway between its corners, in pixels.
    let middle: Point
    /// From the left eye towards the right one, of length 1.
    let across: Point
    /// Between the eyes, in pixels.
    let distance: Double
    let size: Int

    /// The pixels in an ellipse whose axes are so many eye distances; nil where it is not wholly in the frame.
    func pixels(around center: Point, _ a: Double, _ b: Double) -> [Int]? {
      let reach = max(a, b) * distance
      guard center.x >= reach, center.y >= reach, center.x + reach < Double(size),
        center.y + reach < Double(size)
      else { return nil }
      var found: [Int] = []
      for row in Int(center.y - reach)...Int(center.y + reach) {
        for column in Int(center.x - reach)...Int(center.x + reach) {
          let (x, y) = (Double(column) + 0.5 - center.x, Double(row) + 0.5 - center.y)
          let over = (x * across.x + y * across.y) / (a * distance)
          let down = (y * across.x - x * across.y) / (b * distance)
          if over * over + down * down <= 1 { found.append(row * size + column) }
        }
      }
      return found
    }

    /// Whether all of the eye is filled in with nothing drawn, and its counterpart is seen.
    func isFilled(_ layers: Layers, _ mirror: MirroredFrame) -> Bool {
      guard let eye = pixels(around: middle, width, height), let near = pixels(around: middle, drawn, drawn)
      else {
        return false
      }
      return eye.allSatisfy { mirror.known[$0] != 0 }
        && !near.contains { layers.mask[$0] != 0 && (layers.sketch[$0] != 0 || layers.colorSet[$0] != 0) }
    }

    /// The darkest place near the eye's middle; lids and lashes are dark, too, but farther from it.
    ///
    /// - Parameters:
    ///   - levels: The fill, or what lies opposite.
    ///   - known: Where they count; everywhere if nil.
    /// - Returns: The disc; nil where the frame has no room for one.
    func iris(in levels: [Float], known: [UInt8]? = nil) -> Iris? {
      var best: (cost: Double, iris: Iris)?
      // As fine as the generator sees a portrait; in close-ups the iris is larger.
      let step = max(1, Int(distance / 60))
      let (columns, rows) = (Int(turn * distance) / step, Int(lift * distance) / step)
      for row in -rows...rows {
        for column in -columns...columns {
          let (u, v) = (Double(column * step), Double(row * step))
          let center = Point(middle.x + u * across.x - v * across.y, middle.y + u * across.y + v * across.x)
          guard let pixels = pixels(around: center, IrisMatch.iris, IrisMatch.iris), !pixels.isEmpty,
            known.map({ known in pixels.allSatisfy { known[$0] != 0 } }) ?? true
          else { continue }
          let sum = pixels.reduce(into: Float(0)) { $0 += luma(pixel(levels, $1)) }
          let cost = Double(sum) / Double(pixels.count) + 1500 * (u * u + 2 * v * v) / (distance * distance)
          if best.map({ cost < $0.cost }) ?? true { best = (cost, Iris(center: center, pixels: pixels)) }
        }
      }
      return best?.iris
    }

    /// Whether what is dark is an iris: darker than the rest of the eye.
    func isIris(_ iris: Iris, in levels: [Float]) -> Bool {
      let inside = Set(iris.pixels)
      let around = (pixels(around: middle, width, height) ?? []).filter { !inside.contains($0) }
      guard !around.isEmpty else { return false }
      let sum = around.reduce(into: Float(0)) { $0 += luma(pixel(levels, $1)) }
      return sum / Float(around.count) - luma(color(of: iris, in: levels)) >= contrast
    }

    /// Brings the mean of a fill's iris to a colour.
    func change(_ fill: inout [Float], _ iris: Iris, to wanted: SIMD3<Float>, _ mask: [UInt8]) {
      let own = color(of: iris, in: fill)
      let light = max(1, luma(own))
      for i in pixels(around: iris.center, end, end) ?? [] where mask[i] != 0 {
        let (x, y) = (Double(i % size) + 0.5 - iris.center.x, Double(i / size) + 0.5 - iris.center.y)
        let away = (x * x + y * y).squareRoot() / distance
        let near = Float(min(1, (end - away) / (end - full)))
        let ratio = max(0, luma(pixel(fill, i)) / light)
        let share = near * min(1, ratio) * min(1, max(0, (lightest - ratio) / (lightest - lighter)))
        for c in 0..<3 { fill[3 * i + c] += share * (wanted[c] - own[c]) }
      }
    }
  }
}
