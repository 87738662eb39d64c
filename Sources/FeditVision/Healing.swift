import FeditVisionKernels

/// A window of a picture with 16 bits a channel, and what is to be filled in it from what lies around.
package struct HealingWindow {
  package var width: Int
  package var height: Int
  /// Red, green, blue, row by row.
  package var levels: [UInt16]
  /// 1 where it is to be filled.
  package var hole: [UInt8]
  /// 1 where nothing may be copied from.
  package var forbidden: [UInt8]

  package init(width: Int, height: Int, levels: [UInt16], hole: [UInt8], forbidden: [UInt8]) {
    self.width = width
    self.height = height
    self.levels = levels
    self.hole = hole
    self.forbidden = forbidden
  }

  /// What a window came to.
  package enum Outcome {
    case filled
    /// No patch of 7×7 pixels lies beside the hole.
    case nothingToCopy
    case outOfMemory
  }

  /// Fills the hole by patches that fit; see `fv_heal`.
  ///
  /// - Parameter seed: Chooses where patches are looked for.
  /// - Returns: What came of it; only `filled` changes anything.
  package mutating func fill(seed: UInt32) -> Outcome {
    precondition(levels.count == 3 * width * height && hole.count == width * height)
    precondition(forbidden.count == hole.count)
    var found = false
    let source = levels
    let done = levels.withUnsafeMutableBufferPointer { to in
      fv_heal(source, Int32(width), Int32(height), hole, forbidden, seed, to.baseAddress, &found)
    }
    return !done ? .outOfMemory : found ? .filled : .nothingToCopy
  }
}
