import FeditGenerator
import FeditImage
import FeditPlan
import FeditRaster

/// One square of an edit, from its layers to the fill: the generator's frame, then octave by octave up to the
/// photo's resolution.
struct SquarePass {
  var edit: PlanEdit
  var plan: Plan
  var square: PlanRegion
  /// What of the edit's mask is generated here, at the photo's resolution; not empty.
  var mask: PhotoMask
  var images: [String: Picture]
  var order: GeneratorModel.ChannelOrder
  /// Which frame it is, for what is kept between runs.
  var key: KeptFrames.Key
  /// Runs the network on a frame, of which an area is wanted.
  var network: (GeneratorInputs, MaskArea, KeptFrames.Key) throws -> [Float]

  /// The frame's layers.
  ///
  /// - Throws: `RasterError`.
  func layers() throws -> Layers {
    try Rasterizer.layers(
      of: edit, in: square, photo: plan.photo, images: images, mask: mask, pens: plan.region)
  }

  /// Generates the square.
  ///
  /// - Parameters:
  ///   - layers: Its layers.
  ///   - region: The photo in the square, as `Resampler.sampleRegion` gives it.
  ///   - picture: The photo.
  /// - Returns: The fill, as fine as the photo where octaves lead there.
  /// - Throws: `RasterError`, `GeneratorError`.
  func fill(_ layers: Layers, region: [Float], photo picture: Picture) throws -> Fill {
    var region = region
    if !edit.isPasted {
      MaskBleed.clean(
        &region, of: picture, without: mask, cover: layers.mask, size: layers.size, map: square.toPhoto)
    }
    let mirror = mirror(in: square, picture, layers)
    let inputs = LayerInputs.inputs(layers, region: region, order: order, mirror: mirror)
    let area = MaskArea(mask: inputs.mask, size: layers.size)
    let generated = LayerInputs.levels(try network(inputs, area, key), order: order)
    var frame = LayerInputs.fill(generated, mask: layers.mask, region: region)
    var plain: PlainGround?
    var palette = edit.toneLimit == nil ? nil : Palette(region, layers: layers)
    if let limit = edit.toneLimit {
      Tone.match(&frame, photo: region, layers: layers, limit: Float(limit))
      palette?.limit(&frame, layers: layers)
      if let mirror, let axis = edit.axis {
        let iris = IrisMatch.match(
          &frame, layers: layers, mirror: mirror, axis: axis, toPhoto: square.toPhoto)
        palette?.admit(iris)
      }
      // Where nobody looked for a face, there may be one.
      if edit.axis != nil || edit.seesMirror(plan.model) {
        plain = PlainGround(region, layers: layers, axis: edit.axis, toPhoto: square.toPhoto)
      }
      plain?.match(&frame, mask: layers.mask)
    }
    if edit.closesSeam { Seam.close(&frame, photo: region, layers: layers, counted: layers.mask) }
    let edges = hasColorPicture ? nil : ColorEdges(of: frame, layers: layers)
    if edit.toneLimit != nil, !hasColorPicture { DrawnColors.match(&frame, layers: layers) }
    edges?.quiet(&frame, layers: layers)
    var fill = Fill(frame, region: square)
    let octaves = Octaves(square, most: edit.mostOctaves)
    for level in octaves.levels.dropFirst() {
      fill = try refined(fill, octaves, level, edges: edges, palette: palette, plain: plain, photo: picture)
    }
    return fill
  }

  /// What lies opposite in the face, where the generator sees it.
  private func mirror(in region: PlanRegion, _ picture: Picture, _ layers: Layers) -> MirroredFrame? {
    edit.axis.flatMap { MirroredFrame(region, about: $0, of: picture, mask: mask, cover: layers.mask) }
  }

  /// Whether colours come from a picture, whose pixels are no shapes.
  private var hasColorPicture: Bool {
    edit.strokes.contains { stroke in
      guard stroke.layer == .color, case .image = stroke.content else { return false }
      return true
    }
  }

  /// The next octave of a fill.
  private func refined(
    _ below: Fill, _ octaves: Octaves, _ level: Octaves.Level, edges: ColorEdges?, palette: Palette?,
    plain: PlainGround?,
    photo picture: Picture
  ) throws -> Fill {
    guard var result = OctaveFill(octaves, level: level, mask: mask, photo: picture) else { return below }
    let size = octaves.size
    let reach = Int((2 * below.scale / level.scale).rounded(.up))
    for tile in octaves.tiles(of: level, for: mask) {
      let part = mask.within(tile.region)
      guard !part.isEmpty else { continue }
      var layers = try Rasterizer.layers(
        of: edit, in: tile.region, photo: plan.photo, images: images, mask: part, pens: plan.region,
        noise: Noise.Place(x: tile.x, y: tile.y, octave: level.index))
      if level.index > 1 { ColorEdges.removeLines(from: &layers, along: edges) }
      var region = Resampler.sampleRegion(picture, toPhoto: tile.region.toPhoto, size: size)
      if !edit.isPasted {
        MaskBleed.clean(
          &region, of: picture, without: mask, cover: layers.mask, size: size, map: tile.region.toPhoto)
      }
      var coarse = below.enlarged(tile.region.toPhoto, width: size, height: size)
      edges?.restore(&coarse, layers: layers, reach: reach)
      edges?.soften(&coarse, layers: layers)
      if level.index == 1 { edges?.smoothSteps(&coarse, layers: layers) }
      let inputs = LayerInputs.inputs(
        layers, region: region, order: order, below: coarse, mirror: mirror(in: tile.region, picture, layers))
      let tileKey = KeptFrames.Key(
        position: key.position, square: key.square, octave: level.index, column: tile.column, row: tile.row)
      let wanted = octaves.counted(layers.mask)
      let generated = LayerInputs.levels(
        try network(inputs, MaskArea(mask: wanted.map { Float($0) }, size: size), tileKey), order: order)
      var levels = LayerInputs.fill(generated, mask: wanted, region: region)
      Tone.keep(&levels, of: coarse, mask: wanted, size: size, limit: 24)
      Invention.limit(&levels, of: coarse, mask: wanted, size: size)
      if edit.toneLimit != nil {
        let own = Palette(region, layers: layers)
        (own.map { palette?.joined($0) ?? $0 } ?? palette)?.limit(&levels, layers: layers)
      }
      if edit.closesSeam { Seam.close(&levels, photo: region, layers: layers, counted: wanted) }
      edges?.quiet(&levels, layers: layers)
      plain?.quiet(&levels, mask: wanted, map: tile.region.toPhoto)
      result.add(levels, mask: wanted, of: tile)
    }
    return result.fill()
  }
}
