import FeditFiles
import FeditImage
import FeditPixels
import FeditRaster

/// Pictures with their layers, to look at: are the sketches what a person would draw?
enum ContactSheet {
  /// Rows of a sheet.
  static let rows = 10

  /// Pictures spread over the set, one a row: the picture, each sketch, the flattened colours, the face's parts, and
  /// two samples as the network gets them; then each kind of sample, target and input side by side.
  static func picture(_ set: TrainingSet) throws(TrainingDataError) -> Picture {
    let rows = min(rows, set.count)
    func index(_ row: Int, of rows: Int) -> Int { (2 * row + 1) * set.count / (2 * rows) }
    var lines: [[Sheet.Cell]] = []
    let side = min(set.size, 256)
    for row in 0..<rows {
      let prepared = try set.picture(index(row, of: rows))
      let size = prepared.size
      var cells = [cell(ColorPlane(width: size, height: size, pixels: prepared.picture), "picture")]
      for (method, bits) in zip(set.settings.methods, prepared.sketches) {
        cells.append(cell(drawing(bits, size: size), "sketch (\(method.rawValue))"))
      }
      cells.append(cell(ColorPlane(width: size / 2, height: size / 2, pixels: prepared.color), "colours"))
      cells.append(cell(regions(prepared), prepared.regions.isEmpty ? "no landmarks" : "parts"))
      for seed in 1...2 {
        let sample = try set.sample(index: index(row, of: rows), seed: UInt64(seed), size: side)
        cells.append(cell(Self.input(sample), "sample"))
      }
      lines.append(cells)
    }
    for (number, kind) in SampleOptions.kinds.enumerated() {
      var cells: [Sheet.Cell] = []
      for column in 0..<4 {
        let sample = try set.sample(
          index: index((number * 4 + column) % 40, of: 40), seed: UInt64(column), size: side,
          options: kind.options)
        cells.append(cell(target(sample), "\(kind.name): target"))
        cells.append(cell(input(sample), "input"))
      }
      lines.append(cells)
    }
    return Sheet(rows: lines, cellWidth: side).render()
  }

  private static func cell(_ plane: ColorPlane, _ caption: String) -> Sheet.Cell {
    Sheet.Cell(
      Picture(width: plane.width, height: plane.height, samples: .eight(plane.pixels)), caption: caption)
  }

  /// Writes the sheet as a PNG.
  static func write(_ set: TrainingSet, to path: String) throws(TrainingDataError) {
    try write(picture(set), to: path)
  }

  /// Writes any sheet as a PNG.
  static func write(_ picture: Picture, to path: String) throws(TrainingDataError) {
    do {
      try PNGFile.write(picture, to: path)
    } catch let error as FileError {
      throw TrainingDataError(error)
    } catch {
      throw TrainingDataError(.unwritable, file: path, "\(error)")
    }
  }

  /// Cells of one size side by side, with white lines between them.
  static func grid(_ lines: [[ColorPlane]]) -> Picture {
    let gap = 4
    let columns = lines.map(\.count).max() ?? 0
    let cell = lines.first?.first.map { (w: $0.width, h: $0.height) } ?? (w: 1, h: 1)
    let width = columns * (cell.w + gap) - gap
    let height = lines.count * (cell.h + gap) - gap
    var sheet = ColorPlane(width: max(width, 1), height: max(height, 1), level: 255)
    for (row, line) in lines.enumerated() {
      for (column, picture) in line.enumerated() {
        for y in 0..<min(cell.h, picture.height) {
          let to = ((row * (cell.h + gap) + y) * width + column * (cell.w + gap)) * 3
          let from = y * picture.width * 3
          let count = min(cell.w, picture.width) * 3
          sheet.pixels.replaceSubrange(to..<to + count, with: picture.pixels[from..<from + count])
        }
      }
    }
    return Picture(width: sheet.width, height: sheet.height, samples: .eight(sheet.pixels))
  }

  /// Black lines on white.
  private static func drawing(_ bits: [UInt8], size: Int) -> ColorPlane {
    var result = ColorPlane(width: size, height: size, level: 255)
    for i in 0..<size * size where bits[i >> 3] >> UInt8(7 - i & 7) & 1 != 0 {
      result[i % size, i / size] = (0, 0, 0)
    }
    return result
  }

  /// Each part in its median colour; a grey field where no face is known.
  private static func regions(_ picture: PreparedPicture) -> ColorPlane {
    let half = picture.size / 2
    var result = ColorPlane(width: half, height: half, level: 128)
    for (i, region) in picture.regions.enumerated() {
      let p = Int(region) * 3
      result[i % half, i / half] = (picture.palette[p], picture.palette[p + 1], picture.palette[p + 2])
    }
    return result.doubled
  }

  /// Tasks of a validation, one a row: the photo, what the network got to see, what it made of it.
  static func picture(_ outcomes: [Trainer.Outcome]) -> Picture? {
    guard !outcomes.isEmpty else { return nil }
    return grid(
      outcomes.map { outcome in
        let size = outcome.sample.size
        let made = Evaluation.composited(outcome.sample) { p, c in outcome.generated[3 * p + c] }
        return [
          target(outcome.sample), input(outcome.sample),
          ColorPlane(width: size, height: size, pixels: made.map(Levels.byte)),
        ]
      })
  }

  /// What the network is to make.
  private static func target(_ sample: TrainingSample) -> ColorPlane {
    ColorPlane(width: sample.size, height: sample.size, pixels: sample.image.map(level))
  }

  /// What the network gets to see: the erased picture in light grey, pale what lies opposite in the face, colours, and
  /// the sketch over them.
  static func input(_ sample: TrainingSample) -> ColorPlane {
    var result = ColorPlane(width: sample.size, height: sample.size, level: 225)
    for i in 0..<sample.size * sample.size {
      if sample.mask[i] == 0 {
        for c in 0..<3 { result.pixels[i * 3 + c] = level(sample.image[i * 3 + c]) }
      } else if sample.sketch[i] != 0 {
        for c in 0..<3 { result.pixels[i * 3 + c] = 0 }
      } else if sample.colorSet[i] != 0 {
        for c in 0..<3 { result.pixels[i * 3 + c] = level(sample.color[i * 3 + c]) }
      } else if let mirror = sample.mirror, mirror.set[i] != 0 {
        for c in 0..<3 { result.pixels[i * 3 + c] = 150 + level(mirror.values[i * 3 + c]) / 3 }
      }
    }
    return result
  }

  /// −1…1 as the generator's output becomes 8 bits.
  static func level(_ value: Float) -> UInt8 { Levels.byte(Levels.level(value)) }
}
