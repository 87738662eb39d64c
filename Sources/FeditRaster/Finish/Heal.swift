import FeditImage
import FeditPixels
import FeditPlan
import FeditVision

/// Fills an area with what lies around it, at the photo's resolution and without a generator: scratches, spots,
/// letters on a wall.
public enum Heal {
  /// What a stroke of `heal` came to.
  public enum Outcome: Hashable, Sendable {
    case healed
    case outsidePhoto
    /// Everything around it is healed, too, or lies outside the photo.
    case nothingToCopy
    /// Wider or higher than `longest`.
    case tooLarge(width: Int, height: Int)
  }

  /// The longest side of an area, in photo pixels.
  public static let longest = PlanExpert.longestHealed
  /// The widest strip around an area, in photo pixels, that is copied from.
  private static let widestSurroundings = 256

  /// Heals what a mask holds.
  ///
  /// - Parameters:
  ///   - picture: Changed inside the mask; alpha stays.
  ///   - mask: The area.
  ///   - others: Areas that nothing is copied from, since they are to be healed as well.
  ///   - seed: Chooses among patches that fit about equally.
  /// - Returns: What it came to.
  /// - Throws: `RasterError` where memory ends.
  package static func apply(
    to picture: inout Picture, mask: PhotoMask, others: [PhotoMask], seed: UInt64
  ) throws(RasterError) -> Outcome {
    guard !mask.isEmpty else { return .outsidePhoto }
    guard max(mask.width, mask.height) <= longest else {
      return .tooLarge(width: mask.width, height: mask.height)
    }
    let room = min(max(mask.width, mask.height) + 40, widestSurroundings)
    let photo = PixelRect(x: 0, y: 0, width: picture.width, height: picture.height)
    let rect = mask.rect.expanded(by: room).intersection(photo)
    var window = picture.healingWindow(rect)
    window.hole.set(mask, in: rect)
    for other in others { window.forbidden.set(other, in: rect) }
    switch window.fill(seed: UInt32(truncatingIfNeeded: seed ^ seed >> 32)) {
    case .filled: break
    case .nothingToCopy: return .nothingToCopy
    case .outOfMemory: throw .cairo("not enough memory to heal \(rect.width)×\(rect.height) pixels")
    }
    picture.take(window, at: rect)
    return .healed
  }
}

extension [UInt8] {
  /// Sets the pixels of a rectangle that a mask holds.
  fileprivate mutating func set(_ mask: PhotoMask, in rect: PixelRect) {
    let common = mask.rect.intersection(rect)
    for y in common.y..<common.maxY {
      for x in common.x..<common.maxX where mask.pixels[(y - mask.y) * mask.width + x - mask.x] != 0 {
        self[(y - rect.y) * rect.width + x - rect.x] = 1
      }
    }
  }
}

extension Picture {
  /// A rectangle's pixels; transparent ones are not copied from.
  fileprivate func healingWindow(_ rect: PixelRect) -> HealingWindow {
    var window = HealingWindow(
      width: rect.width, height: rect.height, levels: [],
      hole: [UInt8](repeating: 0, count: rect.width * rect.height), forbidden: [])
    window.levels.reserveCapacity(3 * rect.width * rect.height)
    window.forbidden.reserveCapacity(rect.width * rect.height)
    func read<Sample: FixedWidthInteger>(_ samples: [Sample], _ level: (Sample) -> UInt16) {
      for y in rect.y..<rect.maxY {
        for x in rect.x..<rect.maxX {
          let i = (y * width + x) * channels
          for c in 0..<3 { window.levels.append(level(samples[i + c])) }
          window.forbidden.append(hasAlpha && samples[i + 3] == 0 ? 1 : 0)
        }
      }
    }
    switch samples {
    case .eight(let samples): read(samples) { UInt16($0) * 257 }
    case .sixteen(let samples): read(samples) { $0 }
    }
    return window
  }

  /// Takes over what a window's hole was filled with.
  fileprivate mutating func take(_ window: HealingWindow, at rect: PixelRect) {
    let (width, channels) = (width, channels)
    func write<Sample>(_ samples: inout [Sample], _ sample: (UInt16) -> Sample) {
      for y in 0..<rect.height {
        for x in 0..<rect.width where window.hole[y * rect.width + x] != 0 {
          let i = ((rect.y + y) * width + rect.x + x) * channels
          for c in 0..<3 { samples[i + c] = sample(window.levels[(y * rect.width + x) * 3 + c]) }
        }
      }
    }
    var taken = Samples.eight([])
    swap(&taken, &samples)
    switch consume taken {
    case .eight(var values):
      write(&values) { UInt8((UInt32($0) * 255 + 32_767) / 65_535) }
      samples = .eight(values)
    case .sixteen(var values):
      write(&values) { $0 }
      samples = .sixteen(values)
    }
  }
}
