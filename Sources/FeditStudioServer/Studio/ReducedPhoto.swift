import FeditImage
import FeditPlan
import FeditRaster

/// A photo with every so many pixels made one, and plans for it: what a screen shows of a large photo.
struct ReducedPhoto {
  /// At which no file is.
  static let path = "/dev/null/reduced-photo"

  /// Photo pixels a pixel.
  let factor: Int
  let picture: Picture
  let pixels: PixelBuffer

  /// - Parameters:
  ///   - photo: The photo.
  ///   - factor: At least 2.
  init(_ photo: Picture, factor: Int) {
    self.factor = factor
    let (width, height) = ((photo.width + factor - 1) / factor, (photo.height + factor - 1) / factor)
    let levels = Resampler.sample(
      photo, toPhoto: .scale(Double(factor), Double(factor)), width: width, height: height)
    picture = Picture(width: width, height: height, samples: .eight(levels.map { UInt8($0.rounded()) }))
    pixels = PixelBuffer(picture)
  }

  /// A plan for the photo as one for this one, with the same squares.
  func plan(_ plan: Plan) -> Plan {
    let map = Affine.scale(1 / Double(factor), 1 / Double(factor))
    var result = plan
    result.photo.file.path = Self.path
    (result.photo.width, result.photo.height) = (picture.width, picture.height)
    result.region = plan.region.mapped(map)
    result.steps = plan.steps.compactMap { step in
      guard case .edit(var edit) = step else { return nil }
      edit.squares = edit.squares.map { $0.mapped(map) }
      edit.strokes = edit.strokes.map { $0.mapped(map) }
      if case .feather(let width) = edit.blend { edit.blend = .feather(width * map.a) }
      // What is at most so much enlarged for a moment looks well enough, and is there at once.
      let coarsest = edit.squares(in: result).map { $0.side / Double($0.size) }.max() ?? 1
      if coarsest <= 3 { edit.finish.octaves = .off }
      return .edit(edit)
    }
    return result
  }
}

extension PlanRegion {
  fileprivate func mapped(_ map: Affine) -> PlanRegion {
    PlanRegion(toPhoto: toPhoto.then(map), side: side * map.a, size: size, origin: origin)
  }
}

extension PlanStroke {
  fileprivate func mapped(_ map: Affine) -> PlanStroke {
    var stroke = self
    switch content {
    case .shape(let shape): stroke.content = .shape(shape.mapped(map))
    case .image(let file, let toPhoto): stroke.content = .image(file, toPhoto: toPhoto.then(map))
    }
    stroke.brush?.pen = brush?.pen.then(map) ?? .identity
    return stroke
  }
}

extension PlanShape {
  fileprivate func mapped(_ map: Affine) -> PlanShape {
    switch self {
    case .path(let path):
      .path(Path(elements: path.elements.map { $0.mapped(map) }, isClosed: path.isClosed))
    case .union(let a, let b): .union(a.mapped(map), b.mapped(map))
    case .subtraction(let a, let b): .subtraction(a.mapped(map), b.mapped(map))
    case .intersection(let a, let b): .intersection(a.mapped(map), b.mapped(map))
    case .grown(let shape, let radius, let pen): .grown(shape.mapped(map), radius: radius, pen: pen.then(map))
    }
  }
}

extension PathElement {
  fileprivate func mapped(_ map: Affine) -> PathElement {
    switch self {
    case .move(let p): .move(map(p))
    case .line(let p): .line(map(p))
    case .curve(let a, let b, let c): .curve(map(a), map(b), map(c))
    case .close: .close
    }
  }
}
