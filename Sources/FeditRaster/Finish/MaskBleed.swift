import FeditImage
import FeditPlan

/// Keeps what is masked out of what the generator sees around the mask.
///
/// Where the photo is reduced, a pixel beside the mask is made of photo pixels some way around it, the masked ones among
/// them: a dark frame that is to go would leave a bright and a dark ring around the mask, which the generator then
/// continues. So masked pixels are replaced by the mean of those near them that are not.
package enum MaskBleed {
  /// Cleans the generator's pixels beside the mask.
  ///
  /// - Parameters:
  ///   - region: The photo in the frame, `size`×`size`×3 levels, as `Resampler.sampleRegion` gives it; changed.
  ///   - picture: The photo.
  ///   - mask: What of it does not count.
  ///   - cover: 1 where the frame is masked, `size`×`size`.
  ///   - size: The frame's side.
  ///   - map: From the frame's pixels to those of the photo.
  package static func clean(
    _ region: inout [Float], of picture: Picture, without mask: PhotoMask, cover: [UInt8], size: Int,
    map: Affine
  ) {
    let scale = (map.a * map.a + map.b * map.b).squareRoot()
    // Where the photo's pixels are copied, none is made of others.
    if map.b == 0, map.c == 0, map.a == 1, map.tx == map.tx.rounded(), map.ty == map.ty.rounded() { return }
    let stretch = max(scale, 1)
    let reach = Int((Double(Resampler.lobes) * max(1, 1 / scale)).rounded(.up))
    // Of many photo pixels every second or third tells as much.
    let step = max(1, Int(stretch / 4))
    let near = near(cover, reach, size: size)
    for y in 0..<size {
      for x in 0..<size where near[y * size + x] && cover[y * size + x] == 0 {
        let center = map(Point(Double(x) + 0.5, Double(y) + 0.5))
        guard
          let change = change(at: center, stretch: stretch, step: step, picture: picture, mask: mask)
        else { continue }
        let i = 3 * (y * size + x)
        for c in 0..<3 { region[i + c] = min(max(region[i + c] + change[c], 0), 255) }
      }
    }
  }

  /// Whether a set pixel lies within a square around each pixel.
  private static func near(_ cover: [UInt8], _ reach: Int, size: Int) -> [Bool] {
    func spread(_ from: [Bool], _ stride: Int, _ step: Int) -> [Bool] {
      var result = from
      for line in 0..<size {
        var last = -size
        func look(_ i: Int, _ place: Int) {
          let k = line * stride + i * step
          if from[k] { last = place }
          if place - last <= reach { result[k] = true }
        }
        for i in 0..<size { look(i, i) }
        last = -size
        for i in 0..<size { look(size - 1 - i, i) }
      }
      return result
    }
    return spread(spread(cover.map { $0 != 0 }, size, 1), 1, size)
  }

  /// What replacing the masked pixels changes at a place; nil where none counts.
  private static func change(
    at center: Point, stretch: Double, step: Int, picture: Picture, mask: PhotoMask
  ) -> SIMD4<Float>? {
    let radius = Double(Resampler.lobes) * stretch
    func places(_ middle: Double, _ count: Int) -> (range: Range<Int>, weights: [(sharp: Float, soft: Float)])
    {
      let low = max(Int((middle - radius).rounded(.up)), 0)
      let high = min(Int((middle + radius).rounded(.down)), count - 1)
      guard low <= high else { return (0..<0, []) }
      let weights = (low...high).map { place in
        let distance = (Double(place) + 0.5 - middle) / stretch
        return (Float(Resampler.kernel(distance)), Float(max(0, 1 - abs(distance) / 2)))
      }
      return (low..<high + 1, weights)
    }
    let columns = places(center.x, picture.width)
    let rows = places(center.y, picture.height)
    var all: Float = 0
    var masked = SIMD4<Float>.zero
    var around = SIMD4<Float>.zero
    for y in Swift.stride(from: rows.range.lowerBound, to: rows.range.upperBound, by: step) {
      let down = rows.weights[y - rows.range.lowerBound]
      for x in Swift.stride(from: columns.range.lowerBound, to: columns.range.upperBound, by: step) {
        let across = columns.weights[x - columns.range.lowerBound]
        let sharp = down.sharp * across.sharp
        all += sharp
        if mask.contains(x, y) {
          masked += picture.levels(x, y) * sharp
        } else {
          let soft = down.soft * across.soft
          if soft > 0 { around += picture.levels(x, y) * soft }
        }
      }
    }
    guard masked.w != 0, around.w > 0, all > 0 else { return nil }
    let mean = around / around.w
    return (mean * masked.w - masked) / all
  }
}
