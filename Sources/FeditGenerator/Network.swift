import FeditKernels
import FeditNN

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
  ///   - inputChannels: Channels of the network's input.
  ///   - size: The frame's side.
  ///   - keepsAll: Whether every map keeps a place of its own, or shares it once nobody reads it any more.
  init(layers: [(Architecture.Layer, Convolution)], inputChannels: Int, size: Int, keepsAll: Bool) {
    self.size = size
    // The map of a layer is the one after its index.
    maps = [Map(side: size, channels: inputChannels, pixelStride: inputChannels, border: 0)]
    steps = []
    for (index, (layer, convolution)) in layers.enumerated() {
      let side = size >> layer.shift
      let inputs = layer.sources.map { source -> Int in
        if case .layer(let index) = source { return index + 1 }
        return 0
      }
      for input in inputs {
        maps[input].lastReader = index
        // Whole rows are read past the edge.
        if convolution.method == .rows {
          let reach = convolution.reach
          maps[input].border = max(maps[input].border, -reach.low, reach.high)
        }
      }
      maps.append(
        Map(
          side: side, channels: layer.outputs,
          pixelStride: convolution.compactOutput ? layer.outputs : (layer.outputs + 15) / 16 * 16, border: 0,
          writer: index, scale: layer.kind.scale))
      steps.append(
        Step(
          layer: layer, convolution: convolution, inputs: inputs, output: index + 1,
          grid: side / layer.kind.scale))
    }
    maps[steps.count].lastReader = steps.count
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

  /// What a run computes of each step.
  struct Work: Sendable {
    /// The tiles, for the kernels.
    var tiles: [[fk_tile]]
    /// The pixels of each step's grid that hold their value afterwards.
    var pixels: [PixelSet]
  }

  /// What has to be computed so that the wanted pixels of the last step are right.
  ///
  /// - Parameters:
  ///   - wanted: Pixels of the last step.
  ///   - valid: Pixels that hold their value already, for each step; nil for none.
  /// - Returns: The pixels of each step.
  func work(for wanted: PixelSet, valid: [PixelSet]? = nil) -> Work {
    var work = Work(
      tiles: [[fk_tile]](repeating: [], count: steps.count), pixels: steps.map { PixelSet(side: $0.grid) })
    work.pixels[steps.count - 1] = wanted
    for s in steps.indices.reversed() {
      if let valid { work.pixels[s].subtract(valid[s]) }
      let step = steps[s]
      work.tiles[s] = step.convolution.tiles(covering: &work.pixels[s])
      if work.tiles[s].isEmpty { continue }
      for input in step.inputs {
        guard let writer = maps[input].writer else { continue }
        if maps[input].scale == 1 {
          step.convolution.addInputs(of: work.pixels[s], to: &work.pixels[writer])
        } else {
          var pixels = PixelSet(side: maps[input].side)
          step.convolution.addInputs(of: work.pixels[s], to: &pixels)
          work.pixels[writer].formUnion(pixels.halved)
        }
      }
    }
    return work
  }

  /// Removes from `valid` what can no longer be right once pixels of the network's input have changed.
  func invalidate(_ valid: inout [PixelSet], changed: PixelSet) {
    var stale: [PixelSet] = []
    for (s, step) in steps.enumerated() {
      var pixels = PixelSet(side: step.grid)
      for input in step.inputs {
        if let writer = maps[input].writer {
          let source = maps[input].scale == 1 ? stale[writer] : stale[writer].doubled
          step.convolution.addReaders(of: source, to: &pixels)
        } else {
          step.convolution.addReaders(of: changed, to: &pixels)
        }
      }
      _ = step.convolution.tiles(covering: &pixels)
      valid[s].subtract(pixels)
      stale.append(pixels)
    }
  }
}
