import FeditNN

/// Makes seeds matter (mode seeking, Mao et al., CVPR 2019): two fills of one task with different noise should differ.
///
/// Pictures 2i and 2i + 1 of a batch are such a pair. Where squares of 8×8 pixels are masked and have neither sketch nor
/// colour, d is the mean |difference of the squares' means| over the mean |difference of the noise|; the loss is the mean
/// over pairs of max(0, ⅛ − d): with noise that differs in every other pixel it ends at a sixteenth, 8 levels. Means of
/// squares, so that grain is no way out.
package enum SeedLoss {
  private static let wanted: Float = 0.125
  private static let square = 8

  /// Computes the loss and adds its gradient.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - generated: The network's output.
  ///   - free: 1 where pixels are generated without guidance.
  ///   - noise: One channel.
  ///   - weight: Of the loss.
  ///   - gradient: Of the output.
  /// - Returns: The loss without its weight.
  package static func run(
    _ pool: ThreadPool, generated: BatchMap, free: BatchMap, noise: MapSlice, weight: Float,
    into gradient: BatchMap
  ) -> Double {
    let pairs = generated.images / 2
    guard pairs > 0 else { return 0 }
    let values = pool.map(pairs) { pair in
      run(pair: pair, generated, free, noise, weight: weight / Float(pairs), into: gradient)
    }
    return values.reduce(0, +) / Double(pairs)
  }

  private static func run(
    pair: Int, _ generated: BatchMap, _ free: BatchMap, _ noise: MapSlice, weight: Float,
    into gradient: BatchMap
  ) -> Double {
    let (a, b) = (2 * pair, 2 * pair + 1)
    let size = generated.side
    let squares = freeSquares(free.start(image: a), size: size)
    guard !squares.isEmpty else { return 0 }
    let pixels = Float(squares.count * square * square)
    let (na, nb) = (
      noise.map.start(image: a, channel: noise.channel), noise.map.start(image: b, channel: noise.channel)
    )
    let (ya, yb) = (generated.start(image: a), generated.start(image: b))
    var apart: Float = 0
    for (x, y) in squares {
      for v in y..<y + square {
        for u in x..<x + square {
          let p = v * noise.map.rowStride + u * noise.map.channels
          apart += abs(na[p] - nb[p])
        }
      }
    }
    guard apart > 0 else { return 0 }
    let perMean = 1 / Float(square * square)
    // Of each mean of a square's channel.
    let scale = pixels / apart / Float(squares.count * 3)
    var signs = [Float](repeating: 0, count: squares.count * 3)
    var distance: Float = 0
    for (index, (x, y)) in squares.enumerated() {
      for c in 0..<3 {
        var sum: Float = 0
        for v in y..<y + square {
          for u in x..<x + square {
            let i = 3 * (v * size + u) + c
            sum += ya[i] - yb[i]
          }
        }
        distance += abs(sum * perMean) * scale
        // Equal fills, as of a network that ignores the noise, would stay equal without a push.
        signs[3 * index + c] = sum >= 0 ? 1 : -1
      }
    }
    guard distance < wanted else { return 0 }
    let (ga, gb) = (gradient.start(image: a), gradient.start(image: b))
    let each = weight * scale * perMean
    for (index, (x, y)) in squares.enumerated() {
      for v in y..<y + square {
        for u in x..<x + square {
          for c in 0..<3 {
            let i = 3 * (v * size + u) + c
            ga[i] -= each * signs[3 * index + c]
            gb[i] += each * signs[3 * index + c]
          }
        }
      }
    }
    return Double(wanted - distance)
  }

  /// The first pixels of the squares that are free.
  private static func freeSquares(_ free: UnsafePointer<Float>, size: Int) -> [(x: Int, y: Int)] {
    var squares: [(x: Int, y: Int)] = []
    for y in stride(from: 0, to: size, by: square) {
      for x in stride(from: 0, to: size, by: square) {
        let isFree = (y..<y + square).allSatisfy { v in
          (x..<x + square).allSatisfy { free[v * size + $0] > 0 }
        }
        if isFree { squares.append((x, y)) }
      }
    }
    return squares
  }
}
