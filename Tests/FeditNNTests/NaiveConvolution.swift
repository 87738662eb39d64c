import FeditKernels
import FeditNN
import FeditTestSupport
import Foundation

/// A layer with random weights and inputs, computed by the kernels and by the formula's own loops.
struct LayerTrial {
  let convolution: Convolution
  /// Side of the layer's grid.
  let grid: Int
  let branches: [(kernel: [Float], bias: [Float])]
  /// Each input's values without padding: side × side × channels.
  let inputs: [[Float]]
  let inputSide: Int

  init(_ convolution: Convolution, grid: Int, seed: UInt64) {
    self.convolution = convolution
    self.grid = grid
    inputSide = grid * convolution.inputStride
    var numbers = Numbers(seed)
    let side = inputSide
    inputs = convolution.inputs.map { numbers.array(side * side * $0.channels) }
    let channels = convolution.inputs.reduce(0) { $0 + $1.channels }
    let taps: Int
    switch convolution.kind {
    case .gated(let kernel, _, _): taps = kernel * kernel
    case .upsampling: taps = 25
    case .enlarging: taps = 9
    }
    // The sums come to about 1.
    let scale = Float((3 / Double(taps * channels)).squareRoot())
    branches = (0..<(convolution.kind.scale == 2 ? 1 : 2)).map { _ in
      (
        numbers.array(taps * channels * convolution.outputs).map { $0 * scale },
        numbers.array(convolution.outputs)
      )
    }
  }

  /// Side of the output.
  var outputSide: Int { grid * convolution.kind.scale }

  // MARK: The kernels

  /// A layer between maps, and what they need to stay alive.
  final class Prepared {
    let trial: LayerTrial
    private let convolution: PreparedConvolution
    private var buffers: [FloatBuffer] = []
    private let output: fk_map
    let layer: fk_layer

    init?(_ trial: LayerTrial, instructionSet: Int32) {
      self.trial = trial
      let c = trial.convolution
      guard
        let convolution = PreparedConvolution(
          c, branches: trial.branches, pool: ThreadPool(threads: 2), instructionSet: instructionSet)
      else { return nil }
      self.convolution = convolution
      let border = c.method == .rows ? 8 : 0
      var maps: [fk_map] = []
      for (input, values) in zip(c.inputs, trial.inputs) {
        guard let (buffer, map) = makeMap(side: trial.inputSide, stride: input.stride, border: border) else {
          return nil
        }
        for y in 0..<trial.inputSide {
          for x in 0..<trial.inputSide {
            for channel in 0..<input.channels {
              map.data[y * Int(map.row_stride) + x * input.stride + channel] =
                values[(y * trial.inputSide + x) * input.channels + channel]
            }
          }
        }
        buffers.append(buffer)
        maps.append(map)
      }
      let stride = c.compactOutput ? c.outputs : (c.outputs + 15) / 16 * 16
      guard let (buffer, output) = makeMap(side: trial.outputSide, stride: stride, border: 0) else {
        return nil
      }
      buffers.append(buffer)
      self.output = output
      layer = convolution.layer(inputs: maps, output: output, side: trial.grid)
    }

    /// The output, without padding.
    var values: [Float] {
      let n = trial.outputSide
      return (0..<n * n).flatMap { p in
        (0..<trial.convolution.outputs).map {
          output.data[p / n * Int(output.row_stride) + p % n * Int(output.pixel_stride) + $0]
        }
      }
    }

    /// Computes tiles in runs of `chunk`.
    func run(_ tiles: [fk_tile], chunk: Int) {
      var layer = layer
      for first in stride(from: 0, to: tiles.count, by: chunk) {
        let some = Array(tiles[first..<min(tiles.count, first + chunk)])
        guard let scratch = FloatBuffer(count: fk_scratch_floats(&layer, some.count)) else { return }
        // Working memory holds whatever the run before left there.
        for i in 0..<scratch.count { scratch.start[i] = .nan }
        fk_run_tiles(&layer, some, some.count, scratch.start)
      }
    }

    /// Computes tiles in stages, the products in pieces of `piece` outputs.
    func runStaged(_ tiles: [fk_tile], piece: Int32) {
      var layer = layer
      guard let scratch = FloatBuffer(count: fk_scratch_floats(&layer, tiles.count)),
        let tail = FloatBuffer(count: fk_tail_floats(&layer))
      else { return }
      for i in 0..<scratch.count { scratch.start[i] = .nan }
      let half = tiles.count / 2
      for (a, b) in [(0, half), (half, tiles.count)] {
        fk_stage_input(&layer, tiles, tiles.count, a, b, scratch.start)
      }
      for group in 0..<layer.group_count {
        let nn = layer.groups[Int(group)].nn
        for first in stride(from: 0, to: nn, by: Int(piece)) {
          fk_stage_product(&layer, tiles, tiles.count, group, first, min(nn, first + piece), scratch.start)
        }
      }
      for (a, b) in [(0, half), (half, tiles.count)] {
        fk_stage_output(&layer, tiles, tiles.count, a, b, scratch.start, tail.start)
      }
    }

    func clear() {
      for i in 0..<trial.outputSide * Int(output.row_stride) { output.data[i] = 0 }
    }
  }

  /// All tiles of the layer's grid.
  var tiles: [fk_tile] {
    var all = PixelSet(side: grid, all: true)
    return convolution.tiles(covering: &all)
  }

  // MARK: The formula

  /// The output by plain loops in double precision.
  func expected() -> [Double] {
    switch convolution.kind {
    case .gated(let kernel, let stride, let dilation): gated(kernel, stride, dilation)
    case .upsampling: upsampled()
    case .enlarging: enlarged()
    }
  }

  private func input(_ y: Int, _ x: Int) -> [Double] {
    convolution.inputs.indices.flatMap { source in
      let channels = convolution.inputs[source].channels
      let first = (y * inputSide + x) * channels
      return inputs[source][first..<first + channels].map(Double.init)
    }
  }

  private func gated(_ kernel: Int, _ stride: Int, _ dilation: Int) -> [Double] {
    let outputs = convolution.outputs
    let padding = max((grid - 1) * stride + (kernel - 1) * dilation + 1 - inputSide, 0) / 2
    var result: [Double] = []
    for oy in 0..<grid {
      for ox in 0..<grid {
        var sums = branches.map { $0.bias.map(Double.init) }
        for ky in 0..<kernel {
          for kx in 0..<kernel {
            let (y, x) = (oy * stride + ky * dilation - padding, ox * stride + kx * dilation - padding)
            guard (0..<inputSide).contains(y), (0..<inputSide).contains(x) else { continue }
            let pixel = input(y, x)
            for b in 0..<2 {
              for (i, v) in pixel.enumerated() {
                let w = ((ky * kernel + kx) * pixel.count + i) * outputs
                for o in 0..<outputs { sums[b][o] += v * Double(branches[b].kernel[w + o]) }
              }
            }
          }
        }
        let f = sums[0]
        for o in 0..<outputs {
          var v = f[o]
          if convolution.normalizes {
            var squares = 5e-5
            for j in max(0, o - 5)...min(outputs - 1, o + 5) { squares += f[j] * f[j] }
            v /= squares.squareRoot()
          }
          if convolution.leaky, v < 0 { v *= 0.2 }
          result.append(v / (1 + exp(-sums[1][o])))
        }
      }
    }
    return result
  }

  /// Every output, as what adds up its sums says, through a leaky ReLU and its own sigmoid.
  private func selfGated(_ add: (_ y: Int, _ x: Int, inout [Double]) -> Void) -> [Double] {
    var result: [Double] = []
    for y in 0..<outputSide {
      for x in 0..<outputSide {
        var sums = branches[0].bias.map(Double.init)
        add(y, x, &sums)
        for v in sums {
          let h = v < 0 ? 0.2 * v : v
          result.append(h / (1 + exp(-h)))
        }
      }
    }
    return result
  }

  /// 3×3 on the doubled map.
  private func enlarged() -> [Double] {
    let n = outputSide
    let outputs = convolution.outputs
    return selfGated { oy, ox, sums in
      for ky in 0..<3 {
        for kx in 0..<3 {
          let (y, x) = (oy + ky - 1, ox + kx - 1)
          guard (0..<n).contains(y), (0..<n).contains(x) else { continue }
          for (i, v) in input(y / 2, x / 2).enumerated() {
            let w = ((ky * 3 + kx) * convolution.inputs[0].channels + i) * outputs
            for o in 0..<outputs { sums[o] += v * Double(branches[0].kernel[w + o]) }
          }
        }
      }
    }
  }

  private func upsampled() -> [Double] {
    let outputs = convolution.outputs
    return selfGated { oy, ox, sums in
      for iy in 0..<grid {
        for ix in 0..<grid {
          let (ty, tx) = (oy + 1 - 2 * iy, ox + 1 - 2 * ix)
          guard (0..<5).contains(ty), (0..<5).contains(tx) else { continue }
          let pixel = input(iy, ix)
          for o in 0..<outputs {
            let w = ((ty * 5 + tx) * outputs + o) * pixel.count
            for (i, v) in pixel.enumerated() { sums[o] += v * Double(branches[0].kernel[w + i]) }
          }
        }
      }
    }
  }
}

/// A map of zeros with a border.
private func makeMap(side: Int, stride: Int, border: Int) -> (FloatBuffer, fk_map)? {
  let row = (side + 2 * border) * stride
  guard let buffer = FloatBuffer(count: (side + 2 * border) * row + 64) else { return nil }
  return (
    buffer,
    fk_map(
      data: buffer.start + border * (row + stride), side: Int32(side), pixel_stride: Int32(stride),
      row_stride: Int32(row), border: Int32(border))
  )
}
