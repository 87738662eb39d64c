import FeditKernels
import FeditTensor

/// The network as a list of steps between maps, at one size: what reads what, on which grid, and where each
/// map lies in memory. Plain data; no weights.
struct Network: Sendable {
  /// A map of activations.
  struct Map: Sendable {
    var side: Int
    var channels: Int
    var pixelStride: Int
    var border: Int
    /// The step that writes it; nil for the network's input.
    var writer: Int?
    /// Pixels of the map that one pixel of its writer's grid makes, a side: 2 for an upsampling.
    var scale = 1
    var floats: Int { (side + 2 * border) * (side + 2 * border) * pixelStride }
    var rowStride: Int { (side + 2 * border) * pixelStride }
    /// Where it begins in the arena, in floats.
    var offset = 0
    /// The last step that reads it.
    var lastReader = 0
  }

  /// A layer between maps.
  struct Step: Sendable {
    let layer: Architecture.Layer
    let convolution: Convolution
    let inputs: [Int]
    let output: Int
    /// Side of the grid of its sums.
    let grid: Int
  }

  let size: Int
  private(set) var maps: [Map]
  private(set) var steps: [Step]
  /// Floats of all maps together.
  private(set) var arenaFloats = 0

  /// Lays out the network for a size.
  ///
  /// - Parameters:
  ///   - layers: The layers and how each is computed, in order.
  ///   - size: The frame's side.
  ///   - keepsAll: Whether every map keeps a place of its own, or shares it once nobody reads it any more.
  init(layers: [(Architecture.Layer, Convolution)], size: Int, keepsAll: Bool) {
    self.size = size
    maps = [Map(side: size, channels: 9, pixelStride: 9, border: 3)]
    steps = []
    var skips = [0]
    var current = 0
    for (index, (layer, convolution)) in layers.enumerated() {
      var inputs = [current]
      if layer.skipChannels > 0, let skip = skips.popLast() { inputs = [skip, current] }
      let side = size >> layer.shift
      let isLast = index == layers.count - 1
      // The map before the last layer has three channels and is read in whole rows.
      let isCompact = convolution.compactOutput
      let map = Map(
        side: side, channels: layer.outputs, pixelStride: isCompact ? 3 : (layer.outputs + 15) / 16 * 16,
        border: isCompact && !isLast ? 1 : 0, writer: index, scale: layer.kind == .upsampling ? 2 : 1)
      for input in inputs { maps[input].lastReader = index }
      maps.append(map)
      current = maps.count - 1
      steps.append(
        Step(
          layer: layer, convolution: convolution, inputs: inputs, output: current,
          grid: layer.kind == .upsampling ? side / 2 : side))
      if index < 6 { skips.append(current) }
    }
    maps[current].lastReader = steps.count
    // A border has to stay zero, so such a map's place is its own for the whole run.
    let borders = maps.indices.filter { maps[$0].border > 0 }
    for index in borders { maps[index].lastReader = steps.count }
    place(keepsAll: keepsAll)
  }

  /// Gives each map the lowest place that no map alive at the same time has.
  private mutating func place(keepsAll: Bool) {
    var placed: [Int] = []
    for index in maps.indices {
      let born = maps[index].border > 0 ? -1 : maps[index].writer ?? -1
      let needed = (maps[index].floats + 15 + 64) / 16 * 16
      var offset = 0
      let neighbours = placed.filter { keepsAll || maps[$0].lastReader >= born }
        .sorted { maps[$0].offset < maps[$1].offset }
      for other in neighbours {
        let start = maps[other].offset
        let end = start + (maps[other].floats + 15 + 64) / 16 * 16
        if offset + needed <= start { break }
        offset = max(offset, end)
      }
      maps[index].offset = offset
      arenaFloats = max(arenaFloats, offset + needed)
      placed.append(index)
    }
  }

  /// A map's place in an arena, for the kernels.
  func map(_ index: Int, in arena: FloatBuffer) -> fk_map {
    let map = maps[index]
    return fk_map(
      data: arena.start + map.offset + map.border * (map.rowStride + map.pixelStride), side: Int32(map.side),
      pixel_stride: Int32(map.pixelStride), row_stride: Int32(map.rowStride), border: Int32(map.border))
  }

  /// The tiles of map `index`'s writer that rows and columns of the map lie in, clipped to the map.
  func tiles(of index: Int, rows: ClosedRange<Int>) -> Range<Int> {
    let map = maps[index]
    let first = max(rows.lowerBound, 0)
    let last = min(rows.upperBound, map.side - 1)
    guard first <= last else { return 0..<0 }
    let tile = 4 * map.scale
    return first / tile..<last / tile + 1
  }

  /// Side of a map in pixels of its writer's grid.
  func grid(of index: Int) -> Int { maps[index].side / maps[index].scale }

  /// Calls `body` for each tile that a step's tile reads of one of its inputs, until it returns true.
  func reads(step: Step, input: Int, row: Int, column: Int, _ body: (Int, Int) -> Bool) -> Bool {
    let index = step.inputs[input]
    func range(_ tile: Int) -> ClosedRange<Int> {
      step.convolution.inputRange(first: tile * 4, last: min(tile * 4 + 3, step.grid - 1))
    }
    let rows = tiles(of: index, rows: range(row))
    let columns = tiles(of: index, rows: range(column))
    for r in rows {
      for c in columns where body(r, c) { return true }
    }
    return false
  }

  /// For each step the tiles that have to be computed so that the wanted tiles of the last one are right.
  ///
  /// - Parameters:
  ///   - wanted: Tiles of the last step.
  ///   - valid: Tiles that hold their value already, for each step; nil for none.
  func needed(for wanted: TileSet, valid: [TileSet]? = nil) -> [TileSet] {
    var needed = steps.map { TileSet(pixels: $0.grid) }
    needed[steps.count - 1] = wanted
    for s in steps.indices.reversed() {
      if let valid {
        for i in needed[s].flags.indices where valid[s].flags[i] { needed[s].flags[i] = false }
      }
      let step = steps[s]
      for input in step.inputs.indices {
        guard let writer = maps[step.inputs[input]].writer else { continue }
        let readers = needed[s]
        needed[writer].flags.withUnsafeMutableBufferPointer { flags in
          let side = (steps[writer].grid + 3) / 4
          for row in 0..<readers.side {
            for column in 0..<readers.side where readers[row, column] {
              _ = reads(step: step, input: input, row: row, column: column) {
                flags[$0 * side + $1] = true
                return false
              }
            }
          }
        }
      }
    }
    return needed
  }

  /// Removes from `valid` what can no longer be right once tiles of the network's input have changed.
  func invalidate(_ valid: inout [TileSet], changed: TileSet) {
    for (s, step) in steps.enumerated() {
      for row in 0..<valid[s].side {
        for column in 0..<valid[s].side where valid[s][row, column] {
          let isStale = step.inputs.indices.contains { input in
            let writer = maps[step.inputs[input]].writer
            return reads(step: step, input: input, row: row, column: column) { r, c in
              if let writer { return !valid[writer][r, c] }
              return changed[r, c]
            }
          }
          if isStale { valid[s][row, column] = false }
        }
      }
    }
  }
}
