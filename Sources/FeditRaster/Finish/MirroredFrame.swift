import FeditImage
import FeditPlan

/// What lies opposite in the face, seen as the generator sees the photo.
package struct MirroredFrame {
  /// `size`×`size`×3 levels, red first.
  package let levels: [Float]
  /// 1 where ``levels`` count: inside the mask, and opposite is photo that is not masked.
  package let known: [UInt8]

  /// Mirrors the photo; nil where nothing is known of any masked pixel.
  ///
  /// - Parameters:
  ///   - region: The square that the generator sees.
  ///   - axis: The line between the face's halves.
  ///   - picture: The photo.
  ///   - mask: What of it is generated.
  ///   - cover: 1 where the frame is masked, `size`×`size`.
  package init?(
    _ region: PlanRegion, about axis: FaceAxis, of picture: Picture, mask: PhotoMask, cover: [UInt8]
  ) {
    let size = region.size
    // Exchanged twice a square is a square again: left and right of the frame, then the face's halves.
    let exchange = Affine(a: -1, b: 0, c: 0, d: 1, tx: Double(size), ty: 0)
    let map = exchange.then(region.toPhoto).then(axis.reflection)
    guard let inverse = map.inverse else { return nil }
    let masked = MaskCover.layer(of: mask, inverse, size: size)
    var known = [UInt8](repeating: 0, count: size * size)
    var isKnown = false
    let (width, height) = (Double(picture.width), Double(picture.height))
    for y in 0..<size {
      for x in 0..<size where cover[y * size + x] != 0 && masked[y * size + size - 1 - x] == 0 {
        let place = map(Point(Double(size - 1 - x) + 0.5, Double(y) + 0.5))
        guard axis.reaches(place), place.x >= 0, place.y >= 0, place.x < width, place.y < height else {
          continue
        }
        known[y * size + x] = 1
        isKnown = true
      }
    }
    guard isKnown else { return nil }
    var opposite = Resampler.sampleRegion(picture, toPhoto: map, size: size)
    MaskBleed.clean(&opposite, of: picture, without: mask, cover: masked, size: size, map: map)
    var levels = [Float](repeating: 0, count: size * size * 3)
    for y in 0..<size {
      for x in 0..<size where known[y * size + x] != 0 {
        for c in 0..<3 {
          levels[(y * size + x) * 3 + c] = opposite[(y * size + size - 1 - x) * 3 + c]
        }
      }
    }
    self.levels = levels
    self.known = known
  }
}
