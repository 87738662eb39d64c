import FeditGenerator
import Foundation
import Testing

/// The network written down plainly, one loop nest a formula.
struct ReferenceForward {
  let architecture: Architecture
  let tensors: [String: [Float]]

  struct Map {
    var side: Int
    var channels: Int
    var values: [Float]
  }

  func run(_ inputs: GeneratorInputs) throws -> [Float] {
    let h = architecture.family == .scFEGAN ? try published(frame(inputs)) : try gatedUNet(frame(inputs))
    return h.values.map { tanhf($0) }
  }

  /// Nine channels, eleven with where a colour is set and whether it is an octave's fill, or fifteen with what lies
  /// opposite.
  private func frame(_ inputs: GeneratorInputs) -> Map {
    let n = inputs.size
    let seesSet = architecture.family != .scFEGAN
    let seesMirror = architecture.family == .deepGatedUNet
    var x = Map(side: n, channels: seesMirror ? 15 : seesSet ? 11 : 9, values: [])
    for p in 0..<n * n {
      let m = inputs.mask[p]
      let colored = seesSet ? inputs.colorSet[p] * m : m
      for c in 0..<3 { x.values.append(inputs.image[p * 3 + c] * (1 - m)) }
      x.values.append(inputs.sketch[p] * m)
      for c in 0..<3 { x.values.append(inputs.color[p * 3 + c] * colored) }
      x.values += [m, inputs.noise[p] * m]
      if seesSet { x.values += [colored, inputs.octave ? m : 0] }
      guard seesMirror else { continue }
      let known = inputs.mirrorSet[p] * m
      x.values += (0..<3).map { inputs.mirror[p * 3 + $0] * known } + [known]
    }
    return x
  }

  private func published(_ x: Map) throws -> Map {
    var skips = [x]
    var h = x
    for (index, layer) in architecture.layers.enumerated() {
      switch layer.kind {
      case .upsampling:
        h = upsample(h, layer)
      default:
        if index > 10, let skip = skips.popLast() { h = concatenate(skip, h) }
        h = gated(h, layer)
        if index < 6 { skips.append(h) }
      }
    }
    return h
  }

  private func gatedUNet(_ x: Map) throws -> Map {
    func layer(_ name: String) throws -> Architecture.Layer {
      try #require(architecture.layers.first { $0.name == name })
    }
    var h = x
    var skips: [Map] = []
    for i in 1...6 {
      h = gated(h, try layer("down\(i)"))
      skips.append(h)
    }
    skips.removeLast()
    for i in 1...2 { h = gated(h, try layer("middle\(i)")) }
    for i in 1...5 {
      h = enlarge(h, try layer("up\(i)"))
      h = gated(concatenate(skips.removeLast(), h), try layer("fuse\(i)"))
      if architecture.family == .deepGatedUNet, i < 3 {
        for d in 1...2 { h = gated(h, try layer("body\(2 * (i - 1) + d)")) }
      }
      guard i == 3 else { continue }
      for c in 1...3 { h = gated(h, try layer("context\(c)")) }
    }
    h = gated(concatenate(x, enlarge(h, try layer("up6"))), try layer("full1"))
    h = gated(h, try layer("full2"))
    return gated(h, try layer("output"))
  }

  /// Doubled by nearest pixels, convolved 3×3, gated by itself.
  private func enlarge(_ x: Map, _ layer: Architecture.Layer) -> Map {
    let n = 2 * x.side
    var large = Map(side: n, channels: x.channels, values: [])
    for y in 0..<n {
      for column in 0..<n {
        let first = (y / 2 * x.side + column / 2) * x.channels
        large.values += x.values[first..<first + x.channels]
      }
    }
    let base = "generator/\(layer.name)"
    var h = convolve(
      large, kernel: tensors[base + "/kernel"] ?? [], bias: tensors[base + "/bias"] ?? [], k: 3, stride: 1,
      dilation: 1)
    for i in h.values.indices {
      let v = h.values[i] < 0 ? 0.2 * h.values[i] : h.values[i]
      h.values[i] = v / (1 + expf(-v))
    }
    return h
  }

  func concatenate(_ a: Map, _ b: Map) -> Map {
    var values: [Float] = []
    values.reserveCapacity(a.values.count + b.values.count)
    for p in 0..<a.side * a.side {
      values += a.values[p * a.channels..<(p + 1) * a.channels]
      values += b.values[p * b.channels..<(p + 1) * b.channels]
    }
    return Map(side: a.side, channels: a.channels + b.channels, values: values)
  }

  func convolve(_ x: Map, kernel: [Float], bias: [Float], k: Int, stride: Int, dilation: Int) -> Map {
    let n = x.side
    let side = (n + stride - 1) / stride
    let padding = max((side - 1) * stride + (k - 1) * dilation + 1 - n, 0) / 2
    let outputs = bias.count
    let inputs = x.channels
    var y = Map(side: side, channels: outputs, values: [Float](repeating: 0, count: side * side * outputs))
    x.values.withUnsafeBufferPointer { xs in
      kernel.withUnsafeBufferPointer { ws in
        y.values.withUnsafeMutableBufferPointer { ys in
          for oy in 0..<side {
            for ox in 0..<side {
              let o = (oy * side + ox) * outputs
              for c in 0..<outputs { ys[o + c] = bias[c] }
              for ky in 0..<k {
                let iy = oy * stride - padding + ky * dilation
                guard iy >= 0, iy < n else { continue }
                for kx in 0..<k {
                  let ix = ox * stride - padding + kx * dilation
                  guard ix >= 0, ix < n else { continue }
                  for i in 0..<inputs {
                    let v = xs[(iy * n + ix) * inputs + i]
                    let w = ((ky * k + kx) * inputs + i) * outputs
                    for c in 0..<outputs { ys[o + c] += v * ws[w + c] }
                  }
                }
              }
            }
          }
        }
      }
    }
    return y
  }

  func gated(_ x: Map, _ layer: Architecture.Layer) -> Map {
    guard case .gated(let k, let stride, let dilation) = layer.kind else { return x }
    let base = "generator/\(layer.name)"
    func branch(_ name: String) -> Map {
      convolve(
        x, kernel: tensors[name + "/kernel"] ?? [], bias: tensors[name + "/bias"] ?? [], k: k, stride: stride,
        dilation: dilation)
    }
    var f = branch(base)
    let g = branch(base + "_g")
    if layer.normalizes {
      let source = f.values
      let c = f.channels
      for p in 0..<f.side * f.side {
        for i in 0..<c {
          var sum: Float = 5e-5
          for j in max(0, i - 5)...min(c - 1, i + 5) { sum += source[p * c + j] * source[p * c + j] }
          f.values[p * c + i] = source[p * c + i] / sum.squareRoot()
        }
      }
    }
    for i in 0..<f.values.count {
      var v = f.values[i]
      if layer.leaky, v < 0 { v *= 0.2 }
      f.values[i] = v / (1 + expf(-g.values[i]))
    }
    return f
  }

  func upsample(_ x: Map, _ layer: Architecture.Layer) -> Map {
    let base = "generator/\(layer.name)"
    let kernel = tensors[base + "/w"] ?? []
    let bias = tensors[base + "/biases1"] ?? []
    let outputs = layer.outputs
    let inputs = x.channels
    let n = x.side
    let side = n * 2
    var y = Map(side: side, channels: outputs, values: [Float](repeating: 0, count: side * side * outputs))
    for oy in 0..<side {
      for ox in 0..<side {
        for c in 0..<outputs {
          var sum = bias[c]
          for iy in max(0, (oy - 3) / 2)...min(n - 1, (oy + 1) / 2) {
            let ty = oy + 1 - 2 * iy
            guard (0..<5).contains(ty) else { continue }
            for ix in max(0, (ox - 3) / 2)...min(n - 1, (ox + 1) / 2) {
              let tx = ox + 1 - 2 * ix
              guard (0..<5).contains(tx) else { continue }
              let w = ((ty * 5 + tx) * outputs + c) * inputs
              let v = (iy * n + ix) * inputs
              for i in 0..<inputs { sum += x.values[v + i] * kernel[w + i] }
            }
          }
          if sum < 0 { sum *= 0.2 }
          y.values[(oy * side + ox) * outputs + c] = sum / (1 + expf(-sum))
        }
      }
    }
    return y
  }
}
