import FeditImage
import FeditPixels
import FeditPlan

/// How the fill meets the photo where the script says nothing of it.
///
/// A feather hides the seam by letting the photo through, and with it what the edit is to remove. So this one
/// - is never wider than a quarter of the mask's local thickness: a scratch that is masked a little wider than it
///   is has gone, and the middle of any mask is all fill;
/// - lets the photo through only where photo and fill agree, judged at the photo's resolution; over the outermost
///   pixel and a half it always does, so that no edge is cut hard.
public struct AdaptiveFeather {
  /// The widest feather as a share of the square's side: 6 pixels of 256.
  public static let widest = 6.0 / 256
  /// The share of the local thickness that it may take up.
  package static let share: Float = 0.25
  /// The difference in levels at which half is let through.
  package static let half: Float = 9
  /// Over so many photo pixels the photo always shows a little.
  package static let seam: Float = 2

  /// The rectangle of the mask.
  private let rect: PixelRect
  /// How much of the photo may show by the distance to the mask's edge alone, 0…255, row by row.
  private let shown: [UInt8]
  /// How much of it shows in any case.
  private let least: [UInt8]
  private let isSet: [UInt8]
  /// Of the filter that smooths differences, in photo pixels.
  private let radius: Int

  /// Measures a mask.
  ///
  /// - Parameters:
  ///   - mask: The photo's mask.
  ///   - photo: The photo's rectangle; its border is no edge of the mask.
  ///   - width: The widest feather in photo pixels.
  ///   - scale: Photo pixels that a pixel of the fill is long.
  package init(_ mask: PhotoMask, in photo: PixelRect, width: Double, scale: Double) {
    rect = mask.rect
    isSet = mask.pixels
    radius = max(1, min(8, Int(scale.rounded())))
    // Thicker masks allow no wider feather, so distances beyond need not be told apart.
    let limit = Int(min(width * 2, 4096).rounded(.up)) + 1
    let squares = DistanceTransform.squares(mask, in: photo, limit: limit)
    let thickness = LocalThickness.radii(squares, width: mask.width, height: mask.height)
    let widest = Float(width)
    func ramp(_ most: Float) -> [UInt8] {
      [UInt8](unsafeUninitializedCapacity: squares.count) { shown, count in
        count = squares.count
        for i in 0..<count {
          let feather = min(most, thickness[i] * 2 * Self.share)
          guard squares[i] > 0, feather > 0.5 else {
            shown[i] = 0
            continue
          }
          // Half a pixel, for the edge lies between the pixel centres.
          let t = (Float(squares[i]).squareRoot() - 0.5) / feather
          shown[i] = UInt8(255 * (1 - smoothstep(t)) + 0.5)
        }
      }
    }
    shown = ramp(widest)
    least = ramp(min(widest, Self.seam))
  }

  /// The fill's weight in some rows of the mask, 0…1.
  ///
  /// - Parameters:
  ///   - rows: Rows of the mask's rectangle.
  ///   - difference: The largest difference of a channel between photo and fill in levels at a pixel of the
  ///     rectangle (column, row); asked for rows up to `halo` beyond.
  /// - Returns: Row by row.
  package func weights(rows: Range<Int>, difference: (Int, Int) -> Float) -> [Float] {
    let width = rect.width
    let top = max(rows.lowerBound - halo, 0)
    let bottom = min(rows.upperBound + halo, rect.height)
    // Only near edges is there anything to weigh.
    var needed = false
    for i in rows.lowerBound * width..<rows.upperBound * width where shown[i] != 0 {
      needed = true
      break
    }
    guard needed else { return [Float](repeating: 1, count: rows.count * width) }
    var plane = [SIMD4<Float>](repeating: .zero, count: (bottom - top) * width)
    for y in top..<bottom {
      for x in 0..<width where isSet[y * width + x] != 0 {
        let d = difference(x, y)
        plane[(y - top) * width + x] = SIMD4(d * d, 1, 0, 0)
      }
    }
    // Single pixels may agree by chance.
    for _ in 0..<2 { BoxFilter.sum(&plane, width: width, height: bottom - top, radius: radius) }
    let limit = Self.half * Self.half
    return [Float](unsafeUninitializedCapacity: rows.count * width) { weights, count in
      count = rows.count * width
      for y in rows {
        for x in 0..<width {
          let share = Float(shown[y * width + x]) / 255
          let sum = plane[(y - top) * width + x]
          let ratio = sum.y > 0 ? sum.x / sum.y / limit : 0
          let always = Float(least[y * width + x]) / 255
          weights[(y - rows.lowerBound) * width + x] = 1 - max(always, share / (1 + ratio * ratio))
        }
      }
    }
  }

  /// Rows beyond those wanted that the filter looks at.
  package var halo: Int { 2 * radius }
}

/// How thick a mask is at each of its pixels.
package enum LocalThickness {
  /// Where the distance to the edge rises by less than this a pixel, a crest is reached: beside one it rises by 1.
  private static let rise: Float = 0.72

  /// For each pixel the distance to the edge at the crest above it: half the mask's thickness there.
  ///
  /// From each pixel the way leads up, away from the edge, until the distance rises no more; along a crest it is
  /// not followed, so that the thin end of a wedge is thin.
  ///
  /// - Parameters:
  ///   - squares: Squared distances to the nearest pixel outside the mask; 0 outside.
  ///   - width: Pixels a row.
  ///   - height: Rows.
  /// - Returns: Distances in pixels, 0 outside the mask.
  package static func radii(_ squares: [Int32], width: Int, height: Int) -> [Float] {
    let distances = squares.map { Float($0).squareRoot() }
    var result = [Float](repeating: 0, count: squares.count)
    // Two pixels far: beside the stairs of a sloping edge the nearest pixels rise too little.
    var steps: [(x: Int, y: Int, length: Float)] = []
    for y in -2...2 {
      for x in -2...2 where x != 0 || y != 0 {
        steps.append((x, y, Float(x * x + y * y).squareRoot()))
      }
    }
    var way: [Int] = []
    distances.withUnsafeBufferPointer { distances in
      for start in distances.indices where distances[start] > 0 && result[start] == 0 {
        way.removeAll(keepingCapacity: true)
        var place = start
        var radius: Float = 0
        while true {
          if result[place] > 0 {
            radius = result[place]
            break
          }
          way.append(place)
          let (x, y) = (place % width, place / width)
          var (best, next) = (rise, -1)
          for step in steps {
            let (u, v) = (x + step.x, y + step.y)
            guard u >= 0, v >= 0, u < width, v < height else { continue }
            let slope = (distances[v * width + u] - distances[place]) / step.length
            if slope > best { (best, next) = (slope, v * width + u) }
          }
          if next < 0 {
            radius = distances[place]
            break
          }
          place = next
        }
        for place in way { result[place] = radius }
      }
    }
    return result
  }
}

/// A smooth step from 0 to 1: 3t² − 2t³, with `t` held between 0 and 1.
func smoothstep(_ t: Float) -> Float {
  let t = min(max(t, 0), 1)
  return t * t * (3 - 2 * t)
}
