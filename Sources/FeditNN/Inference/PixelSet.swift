import FeditKernels

/// A set of pixels of a square map: which are wanted, which hold their value.
public struct PixelSet: Sendable, Equatable {
  /// Rows and columns of the map.
  public let side: Int
  /// 0 or 1 for each pixel, row by row.
  public private(set) var flags: [UInt8]

  /// Makes a set of all pixels or of none.
  ///
  /// - Parameters:
  ///   - side: Rows and columns of the map.
  ///   - all: Whether it holds all pixels.
  public init(side: Int, all: Bool = false) {
    self.side = side
    flags = [UInt8](repeating: all ? 1 : 0, count: side * side)
  }

  /// Makes a set of the pixels for which a mask's value is not 0.
  public init(side: Int, mask: [Float]) {
    precondition(mask.count == side * side)
    self.side = side
    flags = mask.map { $0 != 0 ? 1 : 0 }
  }

  /// Whether a pixel belongs to the set.
  public subscript(row: Int, column: Int) -> Bool {
    get { flags[row * side + column] != 0 }
    set { flags[row * side + column] = newValue ? 1 : 0 }
  }

  /// How many pixels belong to the set.
  public var count: Int { flags.reduce(0) { $0 + Int($1) } }

  /// Calls `body` with the flags, one byte a pixel, 0 or 1.
  public mutating func withMutableFlags<R>(_ body: (UnsafeMutableBufferPointer<UInt8>) throws -> R) rethrows
    -> R
  {
    try flags.withUnsafeMutableBufferPointer { try body($0) }
  }

  /// Adds the pixels of another set of the same side.
  public mutating func formUnion(_ other: PixelSet) {
    combine(other) { $0 | $1 }
  }
  /// Removes the pixels of another set of the same side.
  public mutating func subtract(_ other: PixelSet) {
    combine(other) { $0 & ~$1 }
  }
  private mutating func combine(_ other: PixelSet, _ operation: (UInt8, UInt8) -> UInt8) {
    precondition(side == other.side)
    flags.withUnsafeMutableBufferPointer { mine in
      other.flags.withUnsafeBufferPointer { theirs in
        for i in mine.indices { mine[i] = operation(mine[i], theirs[i]) }
      }
    }
  }

  /// The pixels of a map of half the side one of whose four pixels belongs to the set.
  public var halved: PixelSet {
    var half = PixelSet(side: side / 2)
    half.flags.withUnsafeMutableBufferPointer { fk_region_halve(flags, Int32(side), $0.baseAddress) }
    return half
  }
  /// All four pixels, in a map of twice the side, of each pixel of the set.
  public var doubled: PixelSet {
    var whole = PixelSet(side: side * 2)
    whole.flags.withUnsafeMutableBufferPointer { fk_region_double(flags, Int32(side * 2), $0.baseAddress) }
    return whole
  }
}

extension Convolution {
  /// The tiles that hold a pixel of the set, row by row; the set grows by all that is computed exactly with
  /// them: whole tiles for Winograd, nothing else otherwise.
  public func tiles(covering pixels: inout PixelSet) -> [fk_tile] {
    let map = pixels.side
    let side = (map + origin + tile - 1) / tile
    return [fk_tile](unsafeUninitializedCapacity: side * side) { list, count in
      count = pixels.withMutableFlags {
        fk_region_tiles(
          $0.baseAddress, Int32(map), Int32(tile), Int32(origin), isWinograd, list.baseAddress)
      }
    }
  }

  /// Adds to `inputs` the pixels of an input that pixels of the layer's grid read.
  public func addInputs(of readers: PixelSet, to inputs: inout PixelSet) {
    add(fk_region_inputs, of: readers, to: &inputs)
  }

  /// Adds to `readers` the pixels of the layer's grid that read one of an input's pixels.
  public func addReaders(of inputs: PixelSet, to readers: inout PixelSet) {
    add(fk_region_readers, of: inputs, to: &readers)
  }

  /// Adds what a kernel finds for a set, by the layer's stride and the reach of its window.
  private func add(
    _ kernel: (
      UnsafePointer<UInt8>?, Int32, Int32, Int32, Int32, UnsafeMutablePointer<UInt8>?, Int32
    ) -> Void, of set: PixelSet, to result: inout PixelSet
  ) {
    let side = Int32(result.side)
    result.withMutableFlags {
      kernel(
        set.flags, Int32(set.side), Int32(inputStride), Int32(reach.low), Int32(reach.high), $0.baseAddress,
        side)
    }
  }
}
