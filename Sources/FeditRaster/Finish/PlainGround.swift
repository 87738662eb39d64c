import FeditPixels
import FeditPlan

/// Keeps a fill plain where the photo around it is: on walls, skies, studio paper.
///
/// A generator that knows faces paints a little of one everywhere: on a plain wall it leaves a weave, and a tint of skin
/// or hair. Where the photo along the mask's border is plain, its colours are spread into the mask by a membrane, and
/// what differs from that by little, in tone or in texture, is taken back; what differs by much, an ear, a shoulder,
/// stays. Faces are exempt, whose shadows are faint and their own, and so is what is drawn. In a photo without any face
/// nothing that the generator adds is right, so that much more is taken back.
package struct PlainGround {
  /// The root mean square of fine texture in the photo, in levels, up to which it is plain, and from which it is not.
  private static let texture: ClosedRange<Float> = 1.5...3
  /// Levels of tone, and of texture, that are reduced to a half.
  private static let (besideFace, withoutFace) = (Halves(tone: 14, mottle: 8), Halves(tone: 200, mottle: 60))
  /// How many pixels of the photo along the border are looked at.
  private static let rim = 4
  /// A drawing's surroundings that are exempt, in pixels.
  private static let drawn = 3

  private struct Halves {
    let tone: Float
    let mottle: Float
  }

  private let size: Int
  private let toPhoto: Affine
  private let halves: Halves
  /// How plain the ground is, 0…1; 0 outside the mask.
  private let share: [Float]
  /// The photo's colours, spread into the mask.
  private let ground: [SIMD4<Float>]

  /// Looks at the photo around a mask; nil where nothing is plain.
  ///
  /// - Parameters:
  ///   - photo: `size`×`size`×3 levels.
  ///   - layers: Mask and drawings.
  ///   - axis: The face; nil where the photo has none.
  ///   - toPhoto: From the frame to the photo.
  package init?(_ photo: [Float], layers: Layers, axis: FaceAxis?, toPhoto: Affine) {
    let size = layers.size
    let mask = layers.mask
    let frame = PixelRect(x: 0, y: 0, width: size, height: size)
    guard let box = Tone.bounds(of: mask, size: size)?.expanded(by: Self.rim).intersection(frame) else {
      return nil
    }
    let textures = Self.textures(photo, mask, in: box, size: size)
    var colors = [SIMD4<Float>](repeating: .zero, count: box.area)
    var shares = colors
    var isPlain = false
    for k in textures.indices {
      guard let texture = textures[k] else { continue }
      let plain = max(
        0, min(1, (Self.texture.upperBound - texture) / (Self.texture.upperBound - Self.texture.lowerBound)))
      if plain > 0 { isPlain = true }
      let i = box.index(k, inFrameOf: size)
      // Hair beside a wall is not what the wall goes on with.
      let weight = 0.02 + plain
      colors[k] = SIMD4(photo[3 * i], photo[3 * i + 1], photo[3 * i + 2], 1) * weight
      shares[k] = SIMD4(plain, 0, 0, 1)
    }
    guard isPlain else { return nil }
    func spread(_ pixels: [SIMD4<Float>]) -> [SIMD4<Float>] {
      ConvolutionPyramid.spread(.init(width: box.width, height: box.height, pixels: pixels)).pixels
    }
    let (spreadColors, spreadShares) = (spread(colors), spread(shares))
    let free = Self.free(layers, in: box, axis: axis, toPhoto: toPhoto)
    var share = [Float](repeating: 0, count: size * size)
    var ground = [SIMD4<Float>](repeating: .zero, count: size * size)
    for k in 0..<box.area {
      let i = box.index(k, inFrameOf: size)
      guard mask[i] != 0 else { continue }
      ground[i] = spreadColors[k]
      share[i] = max(0, min(1, spreadShares[k].x)) * free[k]
    }
    guard share.contains(where: { $0 > 0.01 }) else { return nil }
    (self.size, self.toPhoto, self.share, self.ground) = (size, toPhoto, share, ground)
    halves = axis == nil ? Self.withoutFace : Self.besideFace
  }

  /// The photo's fine texture along the mask's border; nil elsewhere.
  private static func textures(_ photo: [Float], _ mask: [UInt8], in box: PixelRect, size: Int) -> [Float?] {
    var luma = [SIMD4<Float>](repeating: .zero, count: box.area)
    var masked = luma
    for k in luma.indices {
      let i = box.index(k, inFrameOf: size)
      if mask[i] == 0 {
        luma[k] = SIMD4(Luma.of(photo[3 * i], photo[3 * i + 1], photo[3 * i + 2]), 0, 0, 1)
      } else {
        masked[k] = SIMD4(repeating: 1)
      }
    }
    let own = luma
    BoxFilter.sum(&luma, width: box.width, height: box.height, radius: 2)
    BoxFilter.sum(&masked, width: box.width, height: box.height, radius: rim)
    var squares = own.indices.map { k -> SIMD4<Float> in
      guard own[k].w > 0, luma[k].w > 0 else { return .zero }
      let detail = own[k].x - luma[k].x / luma[k].w
      return SIMD4(detail * detail, 0, 0, 1)
    }
    BoxFilter.sum(&squares, width: box.width, height: box.height, radius: 3)
    return own.indices.map { k in
      own[k].w > 0 && masked[k].x > 0 ? (squares[k].x / squares[k].w).squareRoot() : nil
    }
  }

  /// Where neither a face nor a drawing is, 0…1.
  private static func free(_ layers: Layers, in box: PixelRect, axis: FaceAxis?, toPhoto: Affine) -> [Float] {
    let size = layers.size
    var taken = (0..<box.area).map { k -> SIMD4<Float> in
      let (x, y) = (box.x + k % box.width, box.y + k / box.width)
      let i = y * size + x
      let isDrawn = layers.colorSet[i] != 0 || layers.sketch[i] != 0
      let isFace = axis?.reaches(toPhoto(Point(Double(x) + 0.5, Double(y) + 0.5))) ?? false
      return SIMD4(isDrawn ? 1 : 0, isFace ? 1 : 0, 0, 1)
    }
    BoxFilter.sum(&taken, width: box.width, height: box.height, radius: drawn)
    return taken.map { (1 - min(1, 8 * $0.x / $0.w)) * (1 - $0.y / $0.w) }
  }

  /// Brings the generator's frame to the plain ground.
  ///
  /// - Parameters:
  ///   - fill: `size`×`size`×3 levels; changed inside the mask.
  ///   - mask: The frame's mask.
  package func match(_ fill: inout [Float], mask: [UInt8]) {
    guard let box = Tone.bounds(of: mask, size: size) else { return }
    var tones = (0..<box.area).map { k -> SIMD4<Float> in
      let i = box.index(k, inFrameOf: size)
      guard mask[i] != 0 else { return .zero }
      return SIMD4(fill[3 * i], fill[3 * i + 1], fill[3 * i + 2], 1)
        - SIMD4(ground[i].x, ground[i].y, ground[i].z, 0)
    }
    BoxFilter.sum(&tones, width: box.width, height: box.height, radius: Mottle.surroundings)
    for k in tones.indices {
      let i = box.index(k, inFrameOf: size)
      guard mask[i] != 0, share[i] > 0 else { continue }
      let tone = tones[k] / tones[k].w
      let largest = max(abs(tone.x), abs(tone.y), abs(tone.z))
      let (power, half) = (
        largest * largest * largest * largest, halves.tone * halves.tone * halves.tone * halves.tone
      )
      let taken = share[i] * half / (power + half)
      for c in 0..<3 { fill[3 * i + c] -= tone[c] * taken }
    }
    Mottle.reduce(&fill, in: mask, size: size) { halves.mottle * share[$0] }
  }

  /// Keeps plain what an octave makes of it.
  ///
  /// - Parameters:
  ///   - fill: A tile of an octave; changed inside the mask.
  ///   - mask: The tile's.
  ///   - map: From the tile to the photo.
  package func quiet(_ fill: inout [Float], mask: [UInt8], map: Affine) {
    guard let inverse = toPhoto.inverse else { return }
    let toFrame = map.then(inverse)
    Mottle.reduce(&fill, in: mask, size: size) { i in
      let place = toFrame(Point(Double(i % size) + 0.5, Double(i / size) + 0.5))
      let (x, y) = (Int(place.x), Int(place.y))
      guard place.x >= 0, place.y >= 0, x < size, y < size else { return 0 }
      return halves.mottle * share[y * size + x]
    }
  }
}

/// Reduces faint texture.
enum Mottle {
  /// Pixels on either side from whose mean texture is told.
  static let surroundings = 4

  /// Cores deviations from the mean nearby (Rossi 1978): small ones go, large ones, such as a reflection, stay.
  ///
  /// - Parameters:
  ///   - fill: `size`×`size`×3 levels; changed in the area.
  ///   - area: Not 0 where means are formed and texture is reduced.
  ///   - size: The frame's side.
  ///   - half: Levels of texture that are reduced to a half, for each pixel; more is less reduced, less is reduced
  ///     further.
  static func reduce(_ fill: inout [Float], in area: [UInt8], size: Int, half: (Int) -> Float) {
    guard let box = Tone.bounds(of: area, size: size) else { return }
    var means = (0..<box.area).map { k in
      let i = box.index(k, inFrameOf: size)
      return area[i] != 0 ? SIMD4(fill[3 * i], fill[3 * i + 1], fill[3 * i + 2], 1) : .zero
    }
    BoxFilter.sum(&means, width: box.width, height: box.height, radius: surroundings)
    for k in means.indices {
      let i = box.index(k, inFrameOf: size)
      guard area[i] != 0 else { continue }
      let half = half(i)
      guard half > 0 else { continue }
      let mean = means[k] / means[k].w
      let detail = SIMD4(fill[3 * i], fill[3 * i + 1], fill[3 * i + 2], 0) - mean
      let largest = max(abs(detail.x), abs(detail.y), abs(detail.z))
      let share = largest * largest / (largest * largest + half * half)
      for c in 0..<3 { fill[3 * i + c] = mean[c] + detail[c] * share }
    }
  }
}
