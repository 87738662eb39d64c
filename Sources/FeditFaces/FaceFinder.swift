import FeditImage
import FeditKernels
import FeditNN
import FeditPixels
import FeditPlan
import FeditWeights

/// A face that was found in a photo.
public struct FoundFace: Hashable, Sendable {
  /// Eyes, mouth and outlines, photo pixels.
  public var geometry: FaceGeometry
  /// How sure the network is that this is a face, 0…1.
  public var confidence: Double
}

/// Finds faces in photos: a network that looks at every place of a pyramid, and one that looks at a square around each
/// place found and gives points.
///
/// The same photo gives the same numbers on every processor that the native kernels run on, with any number of threads.
public final class FaceFinder: Sendable {
  /// The least confidence of a face.
  public static let leastConfidence = 0.8
  /// A level of the pyramid with a longer side than this is not searched.
  private static let longestSide = 2048
  /// The least logit of a place that the second network looks at.
  private static let leastLogit: Float = -1
  /// Places of one level that the second network looks at.
  private static let mostPlaces = 24

  private let finder: PreparedStack
  private let points: PreparedStack
  private let pool: ThreadPool

  /// Takes weights that `fedit train --task landmarks` made.
  ///
  /// - Throws: ``FaceError`` where they don't fit.
  public init(weights: SafetensorsFile, pool: ThreadPool) throws(FaceError) {
    finder = try Self.prepared(FaceNetwork.finder, weights)
    points = try Self.prepared(FaceNetwork.points, weights)
    self.pool = pool
  }

  private static func prepared(
    _ table: LayerStack, _ file: SafetensorsFile
  ) throws(FaceError) -> PreparedStack {
    do {
      let values = try table.tensors.map { try file.floats(named: $0.name, shape: $0.shape) }
      return try PreparedStack(
        table, table.layers.indices.map { (kernel: values[2 * $0], bias: values[2 * $0 + 1]) })
    } catch let error as WeightError {
      throw .wrongWeights(tensor: error.tensor ?? "")
    } catch {
      throw .noMemory
    }
  }

  /// The weights inside the binary.
  ///
  /// - Throws: ``FaceError`` where there are none that fit.
  public static func builtIn(pool: ThreadPool) throws(FaceError) -> FaceFinder {
    let weights: SafetensorsFile
    do throws(WeightError) {
      weights = try BuiltInModel.faceFinder()
    } catch {
      throw .wrongWeights(tensor: error.tensor ?? "")
    }
    return try FaceFinder(weights: weights, pool: pool)
  }

  /// The outlines of a face whose eyes and mouth are known.
  ///
  /// - Returns: Empty where the three lie on one another.
  public func outlines(of face: FaceGeometry, in picture: Picture) throws(FaceError) -> [FaceContour: [Point]]
  {
    guard let alignment = FaceAlignment(leftEye: face.leftEye, rightEye: face.rightEye, mouth: face.mouth)
    else {
      return [:]
    }
    let plane = ColorPlane(picture, pool: pool)
    let pyramid = PixelPyramid(plane, least: 40, pool: pool)
    guard let geometry = try look(at: alignment, pyramid)?.face.geometry else { return [:] }
    return Self.fitted(geometry, pyramid).contours
  }

  /// Looks for faces.
  ///
  /// - Parameters:
  ///   - picture: A photo, upright.
  ///   - all: Whether small faces are looked for where there are larger ones.
  /// - Returns: The faces, the largest first; eyes and mouth of each lie in the picture.
  /// - Throws: ``FaceError/noMemory``.
  public func faces(in picture: Picture, all: Bool = true) throws(FaceError) -> [FoundFace] {
    try faces(in: ColorPlane(picture, pool: pool), all: all)
  }

  package func faces(in picture: ColorPlane, all: Bool) throws(FaceError) -> [FoundFace] {
    let pyramid = PixelPyramid(picture, least: 40, pool: pool)
    var found: [FoundFace] = []
    for (index, level) in pyramid.levels.enumerated().reversed() {
      guard max(level.width, level.height) <= Self.longestSide else { break }
      for place in try candidates(level) {
        let alignment = place.mapped(.scale(Double(1 << index), Double(1 << index)))
        // Most places of a level are those of faces that the level before has shown.
        guard !found.contains(where: { Self.overlaps(alignment, $0.alignment) }) else { continue }
        guard let face = try refined(alignment, pyramid), Self.isInside(face.geometry, picture) else {
          continue
        }
        guard !found.contains(where: { Self.overlaps(face.alignment, $0.alignment) }) else { continue }
        found.append(face)
      }
      if !all, !found.isEmpty { break }
    }
    return found.sorted {
      let (a, b) = ($0.alignment.size, $1.alignment.size)
      return a != b
        ? a > b
        : ($0.geometry.leftEye.x, $0.geometry.leftEye.y) < ($1.geometry.leftEye.x, $1.geometry.leftEye.y)
    }
  }

  /// Places of a level where a face may be, the surest first; in the level's pixels.
  private func candidates(_ level: ColorPlane) throws(FaceError) -> [FaceAlignment] {
    let stride = finder.table.stride
    let output = try Self.run(
      finder, width: (level.width + stride - 1) / stride * stride,
      height: (level.height + stride - 1) / stride * stride, pool
    ) { map in
      level.pixels.withUnsafeBufferPointer { pixels in
        guard let base = pixels.baseAddress else { return }
        pool.run((level.height + 31) / 32) { item, _ in
          for y in item * 32..<min(level.height, item * 32 + 32) {
            Self.normalize(base + y * level.width * 3, into: map.row(y), count: level.width * 3)
          }
        }
      }
    }
    var places: [(logit: Float, x: Int, y: Int)] = []
    for y in 0..<output.height {
      for x in 0..<output.width where output[0, y, x, 0] > Self.leastLogit {
        places.append((output[0, y, x, 0], x, y))
      }
    }
    places.sort { ($0.logit, $1.y, $1.x) > ($1.logit, $0.y, $0.x) }
    var kept: [FaceAlignment] = []
    for place in places {
      guard kept.count < Self.mostPlaces else { break }
      let values = (0..<7).map { output[0, place.y, place.x, $0] }
      guard let alignment = Self.alignment(values, x: place.x, y: place.y),
        !kept.contains(where: { Self.overlaps(alignment, $0) })
      else { continue }
      kept.append(alignment)
    }
    return kept
  }

  /// Runs a network on an input that `fill` writes.
  private static func run(
    _ network: PreparedStack, width: Int, height: Int, _ pool: ThreadPool, fill: (BatchMap) -> Void
  ) throws(FaceError) -> BatchMap {
    do throws(OutOfMemory) {
      let map = try network.input(width: width, height: height)
      fill(map)
      return try network.run(map, pool: pool)
    } catch {
      throw .noMemory
    }
  }

  /// What the finder says of a place, from the first seven channels of its output there.
  package static func alignment(_ values: [Float], x: Int, y: Int) -> FaceAlignment? {
    let stride = Double(FaceNetwork.finder.stride)
    let middle = Point((Double(x) + 0.5) * stride, (Double(y) + 0.5) * stride)
    func point(_ index: Int) -> Point {
      Point(
        middle.x + Double(values[1 + 2 * index]) * FaceNetwork.offsetUnit,
        middle.y + Double(values[2 + 2 * index]) * FaceNetwork.offsetUnit)
    }
    guard let face = FaceAlignment(leftEye: point(0), rightEye: point(1), mouth: point(2)),
      face.size.isFinite, face.size > 2, face.size < 100
    else { return nil }
    return face
  }

  /// A face with the outlines of lips and brows where the photo has them.
  private static func fitted(_ geometry: FaceGeometry, _ pyramid: PixelPyramid) -> FaceGeometry {
    BrowFit.fitted(LipsFit.fitted(geometry, pyramid), pyramid)
  }

  /// Looks closer, twice: the second time at a square that the first has put right.
  private func refined(_ place: FaceAlignment, _ pyramid: PixelPyramid) throws(FaceError) -> FoundFace? {
    // What looks nothing like a face now will not after another look.
    guard let first = try look(at: place, pyramid), first.logit > -3 else { return nil }
    guard var second = try look(at: first.face.alignment, pyramid)?.face,
      second.confidence >= Self.leastConfidence
    else { return nil }
    second.geometry = Self.fitted(second.geometry, pyramid)
    return second
  }

  /// What the second network says of a square around a place; nil where it says no numbers.
  private func look(
    at place: FaceAlignment, _ pyramid: PixelPyramid
  ) throws(FaceError) -> (face: FoundFace, logit: Float)? {
    let side = FaceNetwork.squareSide
    let square = place.square(side: side)
    var pixels = [Float](repeating: 127.5, count: side * side * 3)
    pixels.withUnsafeMutableBufferPointer { pixels in
      if let base = pixels.baseAddress { pyramid.draw(square, side: side, into: base) }
    }
    let result = try Self.run(points, width: side, height: side, pool) { map in
      for y in 0..<side {
        let row = map.row(y)
        for i in 0..<side * 3 { row[i] = Levels.signed(pixels[y * side * 3 + i]) }
      }
    }
    let output = (0..<points.table.outputs).map { result[0, 0, 0, $0] }
    var logit = output[FaceNetwork.faceLogit]
    let half = Double(side) / 2
    // Hundredths of a pixel: more is not known, and shorter to write.
    func rounded(_ p: Point) -> Point { Point((p.x * 100).rounded() / 100, (p.y * 100).rounded() / 100) }
    let places = (0..<FacePoints.count).map { i in
      rounded(square(Point((Double(output[2 * i]) + 1) * half, (Double(output[2 * i + 1]) + 1) * half)))
    }
    guard places.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else { return nil }
    var geometry = FacePoints.geometry(places)
    (geometry.leftEye, geometry.rightEye, geometry.mouth) = (
      rounded(geometry.leftEye), rounded(geometry.rightEye), rounded(geometry.mouth)
    )
    var confidence: Float = 0
    fk_sigmoid(fk_best_isa(), &logit, &confidence, 1)
    let face = FoundFace(geometry: geometry, confidence: Double(confidence))
    return face.alignment.size > 0 ? (face, logit) : nil
  }

  /// Whether two places can't both be faces.
  private static func overlaps(_ a: FaceAlignment, _ b: FaceAlignment) -> Bool {
    let (x, y) = (a.center.x - b.center.x, a.center.y - b.center.y)
    let reach = 0.9 * max(a.size, b.size)
    return x * x + y * y < reach * reach
  }

  /// Whether eyes and mouth lie in the picture: what the border cuts off is guessed, not found.
  private static func isInside(_ face: FaceGeometry, _ picture: ColorPlane) -> Bool {
    [face.leftEye, face.rightEye, face.mouth].allSatisfy {
      $0.x >= 0 && $0.y >= 0 && $0.x <= Double(picture.width) && $0.y <= Double(picture.height)
    }
  }

  private static func normalize(
    _ from: UnsafePointer<UInt8>, into to: UnsafeMutablePointer<Float>, count: Int
  ) {
    for i in 0..<count { to[i] = Levels.signed(from[i]) }
  }
}

extension FoundFace {
  /// How it lies.
  var alignment: FaceAlignment {
    FaceAlignment(leftEye: geometry.leftEye, rightEye: geometry.rightEye, mouth: geometry.mouth)
      ?? FaceAlignment(center: geometry.mouth, axis: Point(1, 0), size: 0)
  }
}

extension ColorPlane {
  /// A picture's colours with 8 bits each, without alpha.
  package init(_ picture: Picture, pool: ThreadPool? = nil) {
    let (width, height) = (picture.width, picture.height)
    if !picture.hasAlpha, case .eight(let samples) = picture.samples {
      self.init(width: width, height: height, pixels: samples)
      return
    }
    let channels = picture.channels
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { to, count in
      let target = SendableTarget(to.baseAddress)
      func rows(_ value: @Sendable (Int) -> UInt8) {
        func row(_ y: Int) {
          guard let out = target.pointer else { return }
          for x in 0..<width {
            for c in 0..<3 { out[(y * width + x) * 3 + c] = value((y * width + x) * channels + c) }
          }
        }
        guard let pool else { return (0..<height).forEach(row) }
        pool.run(height) { y, _ in row(y) }
      }
      switch picture.samples {
      case .eight(let samples): rows { samples[$0] }
      case .sixteen(let samples): rows { Levels.byte(samples[$0]) }
      }
      count = width * height * 3
    }
    self.init(width: width, height: height, pixels: pixels)
  }
}

/// A pointer that threads share; each writes its own place.
private struct SendableTarget: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<UInt8>?
  init(_ pointer: UnsafeMutablePointer<UInt8>?) { self.pointer = pointer }
}
