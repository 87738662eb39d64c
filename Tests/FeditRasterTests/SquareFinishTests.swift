import FeditImage
import FeditPlan
import FeditRaster
import Testing

private let side = 64

private func layers(_ mask: [UInt8], colorSet: [UInt8]? = nil) -> Layers {
  let zeros = [UInt8](repeating: 0, count: side * side)
  return Layers(
    size: side, mask: mask, sketch: zeros, color: [UInt8](repeating: 0, count: 3 * side * side),
    colorSet: colorSet ?? zeros, noise: zeros, clippedSketch: 0, clippedColor: 0)
}

private let hole: [UInt8] = (0..<side * side).map {
  (16..<48).contains($0 % side) && (16..<48).contains($0 / side) ? 1 : 0
}

@Suite("Seam")
struct SeamTests {
  /// A photo that gets brighter to the right and a fill that is off by some levels.
  private func pictures(off: Float) -> (photo: [Float], fill: [Float]) {
    let photo = (0..<side * side).flatMap { i in [Float](repeating: 80 + Float(i % side), count: 3) }
    var fill = photo
    for i in hole.indices where hole[i] != 0 { for c in 0..<3 { fill[3 * i + c] += off } }
    return (photo, fill)
  }

  @Test(
    "the fill begins with the photo's levels, keeps its own inside, and the photo stays",
    arguments: [20, -35])
  func step(off: Int) {
    let (photo, before) = pictures(off: Float(off))
    var fill = before
    Seam.close(&fill, photo: photo, layers: layers(hole), counted: hole)
    for i in hole.indices where hole[i] == 0 { #expect(fill[3 * i] == photo[3 * i]) }
    for y in 16..<48 { #expect(abs(fill[3 * (y * side + 16)] - photo[3 * (y * side + 16)]) < 2.5) }
    let middle = 3 * (32 * side + 32)
    #expect(fill[middle] == before[middle])
    // From the border on the correction only becomes less.
    let row = (16..<33).map { abs(fill[3 * (32 * side + $0)] - before[3 * (32 * side + $0)]) }
    for (a, b) in zip(row, row.dropFirst()) { #expect(b <= a + 0.05) }
  }

  @Test("colours that the script gives stay")
  func given() {
    let (photo, before) = pictures(off: 20)
    let set: [UInt8] = hole.indices.map { hole[$0] != 0 && $0 / side >= 32 ? 1 : 0 }
    var fill = before
    Seam.close(&fill, photo: photo, layers: layers(hole, colorSet: set), counted: hole)
    for i in set.indices where set[i] != 0 { #expect(fill[3 * i] == before[3 * i]) }
    #expect(abs(fill[3 * (20 * side + 16)] - photo[3 * (20 * side + 16)]) < 4)
  }

  @Test("a dark line that ends at the mask darkens the fill only beside its end")
  func crossing() {
    var photo = [Float](repeating: 180, count: 3 * side * side)
    for y in 30..<33 { for x in 0..<16 { for c in 0..<3 { photo[3 * (y * side + x) + c] = 30 } } }
    var fill = photo
    Seam.close(&fill, photo: photo, layers: layers(hole), counted: hole)
    #expect(fill[3 * (31 * side + 16)] < 140)
    #expect(fill[3 * (31 * side + 26)] > 174)
    #expect(fill[3 * (22 * side + 16)] > 174)
  }

  @Test("pixels that do not count stay")
  func counted() {
    let (photo, before) = pictures(off: 20)
    let counted: [UInt8] = hole.indices.map { $0 % side < 24 ? hole[$0] : 0 }
    var fill = before
    Seam.close(&fill, photo: photo, layers: layers(hole), counted: counted)
    for i in counted.indices where counted[i] == 0 { #expect(fill[3 * i] == before[3 * i]) }
  }
}

@Suite("What is masked does not show beside the mask")
struct MaskBleedTests {
  /// Bright skin with a dark bar, masked exactly.
  private func photo() -> (picture: Picture, mask: PhotoMask) {
    let (width, height) = (256, 256)
    let samples = (0..<width * height).flatMap { i -> [UInt8] in
      let isBar = (100..<140).contains(i % width) && (40..<200).contains(i / width)
      return isBar ? [20, 20, 20] : [200, 160, 140]
    }
    return (
      Picture(width: width, height: height, samples: .eight(samples)),
      PhotoMask(x: 100, y: 40, width: 40, height: 160, pixels: [UInt8](repeating: 1, count: 6400))
    )
  }

  private func region(_ picture: Picture, _ map: Affine) -> [Float] {
    Resampler.sampleRegion(picture, toPhoto: map, size: side)
  }

  @Test("a dark bar that is to go leaves no ring", arguments: [0.0, 3.0])
  func ring(shift: Double) throws {
    let (picture, mask) = photo()
    let map = Affine.translation(shift, shift).then(.scale(4, 4))
    let plan = PlanRegion(toPhoto: map, side: 256, size: side, origin: .scaled)
    let cover = try Rasterizer.layers(
      of: Make.edit([]), in: plan, photo: Make.photo(256, 256), images: [:], mask: mask
    ).mask
    let before = region(picture, map)
    var after = before
    MaskBleed.clean(&after, of: picture, without: mask, cover: cover, size: side, map: map)
    func worst(_ levels: [Float]) -> Float {
      cover.indices.filter { cover[$0] == 0 && $0 % side < side - 8 && $0 / side < side - 8 }
        .map { abs(levels[3 * $0] - 200) }.max() ?? 0
    }
    #expect(worst(before) > 8)
    // The reduction itself rounds differently, by up to 2 of the bar's 180 levels.
    #expect(worst(after) < 2.5 && worst(after) < worst(before) / 4)
  }

  @Test("at the photo's own pixels there is nothing to do")
  func own() {
    let (picture, mask) = photo()
    let map = Affine.translation(80, 20)
    let before = region(picture, map)
    var after = before
    let cover = (0..<side * side).map { i -> UInt8 in
      mask.contains(80 + i % side, 20 + i / side) ? 1 : 0
    }
    MaskBleed.clean(&after, of: picture, without: mask, cover: cover, size: side, map: map)
    #expect(after == before)
  }
}

@Suite("Enlarged fills")
struct EnlargingTests {
  @Test("an enlarged fill has no level beyond those that it is made of, and its own at its pixels' middles")
  func linear() {
    let size = 16
    let levels = (0..<size * size).flatMap { i -> [Float] in
      [Float](repeating: (i % size) < 8 ? 20 : 220, count: 3)
    }
    let fill = Fill(levels, region: PlanRegion(toPhoto: .scale(4, 4), side: 64, size: size, origin: .scaled))
    let enlarged = fill.enlarged(.scale(2, 2), width: 32, height: 32)
    #expect(enlarged.allSatisfy { (20...220).contains($0) })
    // Three quarters of the nearer pixel, one of the farther.
    #expect(abs(enlarged[3 * (10 * 32 + 15)] - 70) < 0.01 && abs(enlarged[3 * (10 * 32 + 16)] - 170) < 0.01)
    #expect(fill.enlarged(.scale(4, 4), width: size, height: size) == levels)
  }

  @Test("a restored border is soft, lies where it lay, and has no rim")
  func soften() {
    let set: [UInt8] = (0..<side * side).map { $0 % side >= 32 ? 1 : 0 }
    var drawn = layers([UInt8](repeating: 1, count: side * side), colorSet: set)
    for i in set.indices where set[i] != 0 { drawn.color[3 * i] = 200 }
    for i in drawn.mask.indices where i / side < 8 { drawn.mask[i] = 0 }
    let hard = set.flatMap { [Float](repeating: $0 == 0 ? 40 : 180, count: 3) }
    var fill = hard
    let asDrawn = set.indices.flatMap { i in
      (0..<3).map { set[i] != 0 ? Float(drawn.color[3 * i + $0]) : 128 }
    }
    ColorEdges(of: asDrawn, layers: drawn).soften(&fill, layers: drawn)
    for i in drawn.mask.indices where i / side < 8 { #expect(fill[3 * i] == hard[3 * i]) }
    let row = (0..<side).map { fill[3 * (40 * side + $0)] }
    for (a, b) in zip(row, row.dropFirst()) { #expect(b >= a - 0.01) }
    #expect(abs(row[31] + row[32] - 220) < 0.1 && row[31] > 60)
    #expect(row[24] == 40 && row[40] == 180)
  }
}

@Suite("Feather along slopes")
struct SlopedFeatherTests {
  @Test("along a sloping edge every outermost pixel shows the photo, those on the stairs' corners among them")
  func stairs() throws {
    let region = Make.region(256)
    let mask = try Rasterizer.compositingMask(
      of: Make.edit([Make.stroke(.mask, Make.polygon((40, 60), (216, 69), (216, 190), (40, 190)))]),
      in: region,
      photo: Make.photo(256, 256), images: [:])
    var picture = Picture(
      width: 256, height: 256, samples: .eight([UInt8](repeating: 100, count: 3 * 256 * 256)))
    Compositor.composite(
      [Float](repeating: 200, count: 3 * 256 * 256), into: &picture, mask: mask, region: region,
      edge: .automatic)
    guard case .eight(let samples) = picture.samples else { return }
    for x in 50..<206 {
      let top = try #require((50..<100).first { mask.contains(x, $0) })
      #expect(samples[3 * (top * 256 + x)] < 150)
    }
  }
}

@Suite("Palette")
struct PaletteTests {
  /// A photo of skin and dark hair in all their lightnesses, of brownish hue throughout.
  private let photo = (0..<side * side).flatMap { i -> [Float] in
    let light = Float(i % side) * 4
    return [light, light * 0.8, light * 0.7]
  }

  private func pressed(_ color: [Float], colorSet: [UInt8]? = nil, mask: [UInt8] = hole) -> [Float] {
    var fill = photo
    for i in mask.indices where mask[i] != 0 { for c in 0..<3 { fill[3 * i + c] = color[c] } }
    Palette(photo, layers: layers(mask))?.limit(&fill, layers: layers(mask, colorSet: colorSet))
    for i in mask.indices where mask[i] == 0 { #expect(fill[3 * i] == photo[3 * i]) }
    let middle = 3 * (32 * side + 32)
    return Array(fill[middle..<middle + 3])
  }

  @Test("a violet that the photo has nowhere turns to a colour that it has, of the same lightness")
  func violet() {
    let before: [Float] = [60, 20, 90]
    let after = pressed(before)
    func luma(_ c: [Float]) -> Float { 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2] }
    #expect(abs(luma(after) - luma(before)) < 0.01)
    // Blue is no longer above green by more than the margin and a seventh of what it was.
    #expect(after[2] - after[1] < 16 && after[0] - after[1] < 22)
  }

  @Test("colours that the photo has stay as they are")
  func known() {
    #expect(pressed([120, 96, 84]) == [120, 96, 84])
  }

  @Test("colours that the script gives stay, and so does what lies beside them")
  func given() {
    var set = [UInt8](repeating: 0, count: side * side)
    for i in hole.indices where hole[i] != 0 && i % side < 31 { set[i] = 1 }
    #expect(pressed([60, 20, 90], colorSet: set) == [60, 20, 90])
  }

  @Test("a tile that sees other colours than the frame leaves a fill those of both")
  func tile() throws {
    // A tile beside the face: grey all over.
    let grey = (0..<side * side).flatMap { i in [Float](repeating: Float(i % side) * 4, count: 3) }
    let tile = try #require(Palette(grey, layers: layers(hole)))
    let both = tile.joined(try #require(Palette(photo, layers: layers(hole))))
    func skin(_ palette: Palette) -> [Float] {
      var fill = grey
      for i in hole.indices where hole[i] != 0 { for c in 0..<3 { fill[3 * i + c] = [200, 160, 140][c] } }
      palette.limit(&fill, layers: layers(hole))
      return Array(fill[3 * (32 * side + 32)..<3 * (32 * side + 33)])
    }
    #expect(skin(tile)[0] - skin(tile)[1] < 15)
    #expect(skin(both) == [200, 160, 140])
  }

  @Test("where next to nothing of the photo is seen, nothing changes")
  func unseen() {
    let all = (0..<side * side).map { UInt8($0 < 64 ? 0 : 1) }
    #expect(pressed([60, 20, 90], mask: all) == [60, 20, 90])
  }
}

@Suite("Invention")
struct InventionTests {
  @Test("new structure in a smooth fill is held to a few levels, and detail where there is structure stays")
  func holds() {
    // Flat on the left, stripes on the right.
    let coarse = (0..<side * side).flatMap { i -> [Float] in
      let x = i % side
      return [Float](repeating: x < 32 ? 120 : x % 8 < 4 ? 80 : 160, count: 3)
    }
    var fill = coarse
    let mask = [UInt8](repeating: 1, count: side * side)
    for y in 0..<side { for c in 0..<3 { for x in [12, 52] { fill[3 * (y * side + x) + c] += 30 } } }
    Invention.limit(&fill, of: coarse, mask: mask, size: side)
    #expect(fill[3 * (32 * side + 12)] - 120 < 8)
    #expect(fill[3 * (32 * side + 52)] - coarse[3 * (32 * side + 52)] == 30)
  }

  @Test("a fine texture stays, and so does all that is outside the mask")
  func texture() {
    let coarse = [Float](repeating: 120, count: 3 * side * side)
    var fill = coarse
    for i in 0..<side * side { for c in 0..<3 { fill[3 * i + c] += i % 2 == 0 ? 2 : -2 } }
    var spoiled = fill
    for i in hole.indices where hole[i] == 0 { for c in 0..<3 { spoiled[3 * i + c] = 255 } }
    let before = spoiled
    Invention.limit(&spoiled, of: coarse, mask: hole, size: side)
    #expect(spoiled == before)
  }
}
