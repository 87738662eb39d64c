import FeditPixels
import FeditPlan

/// The colour layer of a sample: a constant colour a stroke, that which the target has under it.
struct SampleColors {
  let size: Int
  var random: SeededRandom

  init(size: Int, random: SeededRandom) {
    self.size = size
    self.random = random
  }

  /// Where colours lie, and which.
  struct Layer {
    var set: [UInt8]
    /// RGB, 0 where not set.
    var values: [UInt8]
  }

  /// What a sample's colours are taken from.
  enum Kind { case none, everywhere, parts, strokes }

  /// Which colours a sample has.
  mutating func kind(_ options: SampleOptions, hasFace: Bool) -> Kind {
    let which = random.unit()
    let parts = random.chance(options.partColors) && hasFace
    guard which >= options.withoutColor else { return .none }
    if parts { return .parts }
    return which < options.withoutColor + options.allColor ? .everywhere : .strokes
  }

  /// Adds strokes such as a person puts down colour with: dabs, short lines and filled shapes.
  ///
  /// - Parameters:
  ///   - mask: where they begin.
  ///   - drawing: what they are added to, with labels from 1 on.
  mutating func strokes(mask: [UInt8], into drawing: inout SampleDrawing) {
    let inside = mask.indices.filter { mask[$0] != 0 }
    guard !inside.isEmpty else { return }
    let side = Double(size)
    var masks = SampleMasks(
      size: size, random: random, anchors: FaceAnchors(alignedSide: Float(size)), hair: [])
    for label in 1...masks.random.integer(2...13) {
      let at = inside[masks.random.integer(0...inside.count - 1)]
      let start = Point(Double(at % size) + 0.5, Double(at / size) + 0.5)
      let radius = masks.random.logarithmic(side / 128...side / 16)
      switch masks.random.integer(0...5) {
      case 0: drawing.add(.color, SampleShapes.ellipse(start, radius, radius), label: label)
      case 1:
        let (rx, ry) = (radius * masks.random.real(1...2), radius * masks.random.real(0.7...1.5))
        let blob = SampleShapes.blob(start, rx, ry, wobble: 0.2, &masks.random)
        drawing.add(.color, blob, label: label)
      default:
        let segments = masks.random.integer(1...4)
        let stroke = masks.stroke(from: start, segments: segments, length: 0.03...0.14)
        drawing.add(.color, stroke, brush: min(2 * radius, side / 14), label: label)
      }
    }
    random = masks.random
  }

  /// A colour of a picture under each label: the median, or another quantile of each channel.
  ///
  /// - Parameters:
  ///   - labels: one a pixel, -1 where there is none.
  ///   - count: how many labels there are.
  ///   - picture: whose colours are taken.
  ///   - uniform: labels whose pixels differ by more than this from their median, in levels on average, are
  ///     dropped: nobody puts one colour over two parts of a face.
  ///   - kept: labels that are not.
  ///   - quantile: a label's place among the levels of each channel, 0…1.
  /// - Returns: the colours, where the labels are.
  static func layer(
    labels: [Int32], count: Int, picture: ColorPlane, uniform: Float, kept: (Int) -> Bool = { _ in false },
    quantile: (Int) -> Float = { _ in 0.5 }
  ) -> Layer {
    var histograms = [Int32](repeating: 0, count: count * 768)
    for (p, label) in labels.enumerated() where label >= 0 {
      for c in 0..<3 { histograms[Int(label) * 768 + 256 * c + Int(picture.pixels[3 * p + c])] += 1 }
    }
    var medians = [UInt8](repeating: 0, count: count * 3)
    var isDropped = [Bool](repeating: false, count: count)
    for label in 0..<count {
      var spread: Float = 0
      for c in 0..<3 {
        let levels = histograms[label * 768 + 256 * c..<label * 768 + 256 * (c + 1)]
        let total = levels.reduce(0, +)
        guard total > 0 else { continue }
        let place = quantile(label)
        var sum: Int32 = 0
        var median = 0
        for (level, number) in levels.enumerated() {
          sum += number
          if Float(sum) >= place * Float(total) {
            median = level
            break
          }
        }
        medians[label * 3 + c] = UInt8(median)
        var distance = 0
        for (level, number) in levels.enumerated() where number > 0 {
          distance += abs(level - median) * Int(number)
        }
        spread += Float(distance) / Float(total) / 3
      }
      isDropped[label] = spread > uniform && !kept(label)
    }
    var layer = Layer(
      set: [UInt8](repeating: 0, count: labels.count), values: [UInt8](repeating: 0, count: labels.count * 3))
    for (p, label) in labels.enumerated() where label >= 0 && !isDropped[Int(label)] {
      layer.set[p] = 1
      for c in 0..<3 { layer.values[3 * p + c] = medians[Int(label) * 3 + c] }
    }
    return layer
  }
}
