import FeditFaces
import FeditFiles
import FeditImage
import FeditNN
import FeditPixels
import FeditPlan
import Foundation

/// A portrait as scenes are made of it: its pixels at several sizes, and where the face is.
struct FacePortrait {
  let pyramid: PixelPyramid
  /// Where the person is, at half of each level's size.
  private let covers: [[UInt8]]
  /// In pixels of the picture, in the order of ``FacePoints``.
  let points: [Point]
  let alignment: FaceAlignment
  var side: Double { Double(pyramid.levels[0].width) }

  /// The mesh's points that outline what ``FacePoints`` has.
  private static let mesh: [Int] = FacePoints.counts.flatMap { contour, _ in
    switch contour {
    case .leftEyeShape: FaceLandmarks.rightEye
    case .rightEyeShape: FaceLandmarks.leftEye
    case .leftBrow: FaceLandmarks.rightBrow
    case .rightBrow: FaceLandmarks.leftBrow
    case .lips: FaceLandmarks.lips
    case .mouthOpening: FaceLandmarks.mouth
    case .faceShape: FaceLandmarks.outline
    }
  }

  /// From a prepared picture; nil where no face is known.
  init?(_ layers: PictureLayers) {
    guard layers.hasFace, let picture = layers.picture.baseAddress else { return nil }
    points = Self.mesh.map { index in
      let p = layers.landmark(index)
      return Point(Double(p.x), Double(p.y))
    }
    let (left, right, mouth) = FacePoints.anchors(points)
    guard let alignment = FaceAlignment(leftEye: left, rightEye: right, mouth: mouth), alignment.size > 8
    else {
      return nil
    }
    self.alignment = alignment
    let size = layers.size
    let pixels = Array(UnsafeBufferPointer(start: picture, count: size * size * 3))
    pyramid = PixelPyramid(ColorPlane(width: size, height: size, pixels: pixels), least: 32)
    let regions = layers.regions
    covers = pyramid.levels.indices.map { index in
      let side = (size >> index) / 2
      return (0..<side * side).map { i in
        regions[((i / side) << index) * (size / 2) + ((i % side) << index)]
      }
    }
  }

  /// Draws the picture into a scene, by a map from the scene's pixels to the picture's, and by so many halvings less
  /// sharp than it could be.
  func draw(
    _ map: Affine, side: Int, coarser: Int, style: FaceScene.Style, into target: UnsafeMutablePointer<Float>
  ) {
    let scale = map.scaleFactor
    var index = 0
    while index + 1 < pyramid.levels.count, Double(1 << index) * 1.4 < scale { index += 1 }
    index = min(index + coarser, pyramid.levels.count - 1)
    let level = pyramid.levels[index]
    let shrink = 1 / Double(1 << index)
    level.pixels.withUnsafeBufferPointer { pixels in
      covers[index].withUnsafeBufferPointer { cover in
        guard let base = pixels.baseAddress else { return }
        var source = PixelSource(pixels: base, width: level.width, height: level.height)
        switch style {
        case .square: break
        case .faded(let share): source.feather = share * Double(level.width)
        case .person: source.cover = cover.baseAddress
        case .extended: source.extends = true
        }
        source.draw(map.then(.scale(shrink, shrink)), side: side, into: target)
      }
    }
  }
}

/// Pictures without a face: what scenes have behind faces, and what is to be told apart from them.
struct FaceBackgrounds: Sendable {
  /// The longest side that is kept.
  private static let longest = 1024
  let training: [PixelPyramid]
  let heldOut: [PixelPyramid]

  /// None.
  init() { (training, heldOut) = ([], []) }

  /// Reads all pictures below a folder, in the order of their paths; every twentieth is held out.
  ///
  /// - Throws: ``TrainingDataError`` where there is none that can be read.
  init(folder: String, threads: Int) throws {
    let manager = FileManager.default
    guard let walk = manager.enumerator(atPath: folder) else {
      throw TrainingDataError(.unreadable, file: folder, "there is no such folder")
    }
    let endings: Set = ["png", "jpg", "jpeg", "webp", "tif", "tiff"]
    let names = walk.compactMap { $0 as? String }.filter {
      endings.contains(($0 as NSString).pathExtension.lowercased())
    }.sorted()
    let found = ThreadPool(threads: threads).map(names.count) { index in
      (try? PictureFile.read(folder + "/" + names[index])).flatMap(Self.pyramid)
    }
    guard found.contains(where: { $0 != nil }) else {
      throw TrainingDataError(.unreadable, file: folder, "has no picture that can be read")
    }
    var (training, heldOut): ([PixelPyramid], [PixelPyramid]) = ([], [])
    for (name, pyramid) in zip(names, found) {
      guard let pyramid else { continue }
      if TrainingSet.isHeldOut(name) { heldOut.append(pyramid) } else { training.append(pyramid) }
    }
    (self.training, self.heldOut) = (training, heldOut)
  }

  private static func pyramid(_ picture: Picture) -> PixelPyramid? {
    guard min(picture.width, picture.height) >= 32 else { return nil }
    var plane = ColorPlane(picture)
    while max(plane.width, plane.height) > longest {
      plane = PixelPyramid(plane, least: max(plane.width, plane.height) / 2).levels[1]
    }
    return PixelPyramid(plane, least: 32)
  }
}
