import FeditKernels

/// Which of a layer's tiles (4×4 pixels of its grid, on one absolute grid) something holds for.
public struct TileSet: Sendable, Equatable {
  /// Tiles in a row and in a column.
  public let side: Int
  /// One flag a tile, row by row.
  public var flags: [Bool]

  /// Makes a set of all tiles or of none.
  ///
  /// - Parameters:
  ///   - pixels: The side of the layer's grid in pixels.
  ///   - all: Whether it holds all tiles.
  public init(pixels: Int, all: Bool = false) {
    side = (pixels + 3) / 4
    flags = [Bool](repeating: all, count: side * side)
  }

  /// Whether a tile belongs to the set.
  public subscript(row: Int, column: Int) -> Bool {
    get { flags[row * side + column] }
    set { flags[row * side + column] = newValue }
  }

  /// The tiles, for the kernels, row by row.
  public var list: [fk_tile] {
    var list: [fk_tile] = []
    for row in 0..<side {
      for column in 0..<side where flags[row * side + column] {
        list.append(fk_tile(row << 16 | column))
      }
    }
    return list
  }

  /// How many tiles belong to the set.
  public var count: Int { flags.reduce(0) { $0 + ($1 ? 1 : 0) } }
}
