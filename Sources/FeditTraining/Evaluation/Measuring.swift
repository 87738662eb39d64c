import FeditGenerator
import FeditNN
import FeditPixels
import FeditRaster
import FeditVision

extension Evaluation {
  /// Measures a generator on the tasks of ``Measures``.
  ///
  /// - Parameters:
  ///   - generator: what is measured.
  ///   - isCancelled: asked between tasks.
  ///   - done: told after each picture.
  /// - Returns: the figures, or nil where it was cancelled.
  /// - Throws: ``TrainingDataError`` where the set is damaged, `GeneratorError` where memory is short.
  func measures(
    of generator: Generator, isCancelled: () -> Bool, done: () -> Void
  ) throws -> Measures? {
    var sums = MeasureSums()
    for (number, index) in measured.enumerated() {
      if isCancelled() { return nil }
      let tasks = try set.withPicture(index) {
        MeasureBatch(
          TaskMaker(view: SampleView(layers: $0, size: size), seed: seed, index: index), number: number)
      }
      for (hand, task) in tasks.hands { try add(hand, task, generator, &sums) }
      for (radius, color, task, center) in tasks.wanted {
        let fill = try Self.filled(task, by: generator)
        sums.add("wanted \(radius)", error(fill, at: center, color))
      }
      let lenses = texture(try Self.filled(tasks.lenses.task, by: generator))
      if let energy = gridEnergy(of: lenses, tasks.lenses.inside) { sums.add("grid", energy) }
      for inside in tasks.lenses.inside {
        if let deviation = deviation(of: lenses, inside) { sums.add("dark texture", deviation) }
      }
      for task in tasks.backgrounds {
        let fill = try Self.filled(task, by: generator)
        sums.add("background", colorDistance(fill, Self.levels(task.image), where: { task.mask[$0] != 0 }))
      }
      if let (task, colored) = tasks.parts {
        let fill = try Self.filled(task, by: generator)
        if let distance = distance(fill, task) { sums.add("parts", distance) }
        sums.add("texture", sharpness(fill, Self.levels(task.image), colored))
      }
      try add(tasks.halfFace, generator, &sums)
      try add(tasks.hole, generator, &sums)
      done()
    }
    return sums.measures(time: try time(generator))
  }

  private func add(
    _ hand: TaskMaker.Hand, _ task: TrainingSample, _ generator: Generator, _ sums: inout MeasureSums
  ) throws {
    let photo = Self.levels(task.image)
    let fill = try Self.filled(task, by: generator)
    let mask = Plane(width: size, height: size, pixels: task.mask.map { $0 != 0 ? 1 : 0 })
    sums.add("\(hand.rawValue) psnr", FillMetrics(size: size, mask: mask, photo: photo).psnr(fill))
    if let distance = distance(fill, task) { sums.add("\(hand.rawValue) features", distance) }
    sums.add("\(hand.rawValue) ink", lineContrast(fill, task.sketch))
    sums.add("\(hand.rawValue) ink of photo", lineContrast(photo, task.sketch))
  }

  private func add(
    _ half: (task: TrainingSample, filled: (x: Int, y: Int), other: (x: Int, y: Int), radius: Int),
    _ generator: Generator, _ sums: inout MeasureSums
  ) throws {
    let fill = try Self.filled(half.task, by: generator)
    if let distance = distance(fill, half.task) { sums.add("half", distance) }
    func around(_ at: (x: Int, y: Int)) -> [Float] {
      var sum = [Float](repeating: 0, count: 3)
      var count: Float = 0
      for y in max(0, at.y - half.radius)...min(size - 1, at.y + half.radius) {
        for x in max(0, at.x - half.radius)...min(size - 1, at.x + half.radius) {
          for c in 0..<3 { sum[c] += fill[3 * (y * size + x) + c] }
          count += 1
        }
      }
      return sum.map { $0 / count }
    }
    sums.add("eyes", Self.distance(around(half.filled), around(half.other)))
  }

  private func add(_ hole: TrainingSample, _ generator: Generator, _ sums: inout MeasureSums) throws {
    let photo = Self.levels(hole.image)
    let first = try Self.filled(hole, by: generator)
    var other = hole
    let mask = hole.mask.map { UInt8($0) }
    other.noise = Noise.layer(seed: seed &+ 1, edit: 0, size: size, inside: mask).map { Float($0) }
    let second = try Self.filled(other, by: generator)
    var difference = 0.0
    var count = 0.0
    for p in mask.indices where mask[p] != 0 {
      for c in 3 * p..<3 * p + 3 { difference += Double(abs(first[c] - second[c])) }
      count += 3
    }
    sums.add("seeds", difference / max(count, 1))
    let plane = Plane(width: size, height: size, pixels: mask)
    sums.add("sharpness", sharpness(first, photo, plane))
    let border = Self.border(plane, width: max(1, size / 64))
    sums.add("tone", colorDistance(first, photo, where: { border.pixels[$0] != 0 }))
  }

  private func time(_ generator: Generator) throws -> Double? {
    guard let index = measured.first else { return nil }
    let task = try set.withPicture(index) {
      TaskMaker(view: SampleView(layers: $0, size: size), seed: seed, index: index).task(.both)
    }
    var inputs = task.inputs(generator.model.channelOrder)
    inputs.mask = [Float](repeating: 1, count: size * size)
    let area = MaskArea(mask: inputs.mask, size: size)
    var times: [Double] = []
    for _ in 0..<6 {
      let start = ContinuousClock.now
      _ = try generator.generate(inputs, area: area)
      times.append((ContinuousClock.now - start) / .milliseconds(1))
    }
    return times.dropFirst().sorted()[2]
  }

  // MARK: Figures

  /// The distance of features between a fill and its task's photo; nil without VGG weights.
  private func distance(_ fill: [Float], _ task: TrainingSample) -> Double? {
    features.map {
      $0.distance(
        $0.features(fill, size: size), $0.features(Self.levels(task.image), size: size),
        mask: Plane(width: size, height: size, pixels: task.mask.map { $0 != 0 ? 1 : 0 }))
    }
  }

  static func levels(_ image: [Float]) -> [Float] { image.map { Levels.level($0).rounded() } }

  private func error(_ fill: [Float], at center: (x: Int, y: Int), _ color: (UInt8, UInt8, UInt8)) -> Double {
    var sum = 0.0
    for y in center.y - 1...center.y + 1 {
      for x in center.x - 1...center.x + 1 {
        let p = 3 * (max(0, min(size - 1, y)) * size + max(0, min(size - 1, x)))
        for (c, level) in [color.0, color.1, color.2].enumerated() {
          sum += Double(abs(fill[p + c] - Float(level)))
        }
      }
    }
    return sum / 27
  }

  /// The mean difference of lightness between drawn pixels and those two or three pixels away, in levels.
  package func lineContrast(_ picture: [Float], _ sketch: [Float]) -> Double {
    func luma(_ p: Int) -> Float { Luma.of(picture, pixel: p) }
    var sum = 0.0
    var count = 0
    for y in 3..<size - 3 {
      for x in 3..<size - 3 where sketch[y * size + x] != 0 {
        var around: Float = 0
        var pixels: Float = 0
        for b in -3...3 {
          for a in -3...3 where max(abs(a), abs(b)) >= 2 {
            let p = (y + b) * size + x + a
            guard sketch[p] == 0 else { continue }
            around += luma(p)
            pixels += 1
          }
        }
        guard pixels > 0 else { continue }
        sum += Double(abs(luma(y * size + x) - around / pixels))
        count += 1
      }
    }
    return count > 0 ? sum / Double(count) : 0
  }

  /// Lightness less that of its surroundings, in levels.
  package func texture(_ picture: [Float]) -> [Float] {
    var luma = FloatPlane(width: size, height: size)
    for p in luma.pixels.indices {
      luma.pixels[p] = (picture[3 * p] + picture[3 * p + 1] + picture[3 * p + 2]) / 3
    }
    let smooth = luma.boxed(radius: 4)
    return zip(luma.pixels, smooth.pixels).map { $0 - $1 }
  }

  /// What repeats every eight pixels in each direction, in levels squared: the means of a texture by column and
  /// row modulo 8, in two areas, multiplied. What stands in one of them only cancels out in the mean of many pictures,
  /// so a single value may be below 0.
  ///
  /// - Returns: nil where an area is too small.
  package func gridEnergy(of texture: [Float], _ areas: [Plane]) -> Double? {
    let phases = areas.compactMap { area -> [Double]? in
      var sums = [Double](repeating: 0, count: 64)
      var counts = sums
      for p in area.pixels.indices where area.pixels[p] != 0 {
        let phase = p / size % 8 * 8 + p % size % 8
        sums[phase] += Double(texture[p])
        counts[phase] += 1
      }
      guard let least = counts.min(), least >= 4 else { return nil }
      return zip(sums, counts).map { $0 / $1 }
    }
    guard phases.count == 2 else { return nil }
    return zip(phases[0], phases[1]).reduce(0) { $0 + $1.0 * $1.1 } / 64
  }

  /// The standard deviation of a texture in an area.
  private func deviation(of texture: [Float], _ area: Plane) -> Double? {
    let values = area.pixels.indices.filter { area.pixels[$0] != 0 }.map { Double(texture[$0]) }
    guard !values.isEmpty else { return nil }
    return (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
  }

  private func sharpness(_ fill: [Float], _ photo: [Float], _ mask: Plane) -> Double {
    func energy(_ picture: [Float]) -> Double {
      func luma(_ p: Int) -> Float { Luma.of(picture, pixel: p) }
      var sum = 0.0
      for y in 1..<size - 1 {
        for x in 1..<size - 1 where mask[x, y] != 0 {
          let p = y * size + x
          let d = 4 * luma(p) - luma(p - 1) - luma(p + 1) - luma(p - size) - luma(p + size)
          sum += Double(d * d)
        }
      }
      return sum
    }
    return energy(fill) / max(energy(photo), 1e-9)
  }

  /// A mask's pixels within a distance of its border.
  private static func border(_ mask: Plane, width: Int) -> Plane {
    var float = FloatPlane(mask)
    float = float.boxed(radius: width)
    var result = mask
    for p in result.pixels.indices where float.pixels[p] > 0.999 { result.pixels[p] = 0 }
    return result
  }

  /// ΔE of OKLab × 100 between the mean colours of two pictures over some pixels.
  private func colorDistance(_ a: [Float], _ b: [Float], where isCounted: (Int) -> Bool) -> Double {
    var (first, second) = ([Float](repeating: 0, count: 3), [Float](repeating: 0, count: 3))
    var count: Float = 0
    for p in 0..<size * size where isCounted(p) {
      for c in 0..<3 {
        first[c] += a[3 * p + c]
        second[c] += b[3 * p + c]
      }
      count += 1
    }
    guard count > 0 else { return 0 }
    return Self.distance(first.map { $0 / count }, second.map { $0 / count })
  }

  private static func distance(_ a: [Float], _ b: [Float]) -> Double {
    let lab = ColorPlane(
      width: 2, height: 1, pixels: (a + b).map(Levels.byte)
    ).oklab
    var square = 0.0
    for c in 0..<3 { square += Double((lab[c] - lab[c + 3]) * (lab[c] - lab[c + 3])) }
    return square.squareRoot() * 100
  }
}

/// The tasks of one picture.
private struct MeasureBatch {
  var hands: [(TaskMaker.Hand, TrainingSample)]
  var wanted: [(radius: String, color: (UInt8, UInt8, UInt8), task: TrainingSample, center: (x: Int, y: Int))]
  var lenses: (task: TrainingSample, inside: [Plane])
  var backgrounds: [TrainingSample]
  var parts: (task: TrainingSample, colored: Plane)?
  var halfFace: (task: TrainingSample, filled: (x: Int, y: Int), other: (x: Int, y: Int), radius: Int)
  var hole: TrainingSample

  /// Colours and hues take turns over the pictures.
  init(_ maker: TaskMaker, number: Int) {
    hands = TaskMaker.Hand.allCases.map { ($0, maker.task($0)) }
    let colors = [TaskMaker.wanted[number % 10], TaskMaker.wanted[(number + 5) % 10]]
    wanted = TaskMaker.radii.flatMap { radius in
      colors.map { color in
        let (task, center) = maker.wantedColor(color, radius: radius.pixels)
        return (radius.name, color, task, center)
      }
    }
    lenses = maker.darkLenses()
    backgrounds = [maker.background(hue: Double(number % 8) * 45)].compactMap { $0 }
    parts = maker.drawnParts()
    halfFace = maker.halfFace()
    hole = maker.hole()
  }
}

/// Values by name, of which means or medians are taken.
private struct MeasureSums {
  private var values: [String: [Double]] = [:]

  mutating func add(_ name: String, _ value: Double) { values[name, default: []].append(value) }

  private func mean(_ name: String) -> Double? {
    values[name].map { $0.reduce(0, +) / Double($0.count) }
  }

  private func median(_ name: String) -> Double? { values[name].map { $0.sorted()[$0.count / 2] } }

  func measures(time: Double?) -> Measures {
    var result = Measures()
    for hand in TaskMaker.Hand.allCases {
      guard let psnr = mean("\(hand.rawValue) psnr"), let own = mean("\(hand.rawValue) ink"),
        let photo = mean("\(hand.rawValue) ink of photo")
      else { continue }
      result.hands[hand.rawValue] = Measures.Hand(
        features: mean("\(hand.rawValue) features"), psnr: psnr, ink: photo > 0 ? own / photo : 0)
    }
    for (name, _) in TaskMaker.radii {
      if let error = mean("wanted \(name)") { result.wantedColors[name] = error }
    }
    result.gridLevel = mean("grid").map { max(0, $0).squareRoot() }
    result.darkTexture = median("dark texture")
    result.background = mean("background")
    result.halfFace = mean("half")
    result.eyeMatch = mean("eyes")
    result.seeds = mean("seeds")
    result.drawnParts = mean("parts")
    result.drawnTexture = median("texture")
    result.sharpness = median("sharpness")
    result.toneStep = mean("tone")
    result.milliseconds = time
    return result
  }
}
