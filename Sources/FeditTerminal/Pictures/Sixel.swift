/// DEC sixel graphics (VT330/VT340 programmer reference, chapter 14): bands of six rows, one pass a colour.
enum Sixel {
  /// A picture on a palette of its own, at most 256 colours, with its colours' errors spread
  /// (Floyd and Steinberg 1976).
  static func encode(_ grid: PixelGrid) -> String {
    let palette = Palette(of: grid)
    let indices = palette.dithered(grid)
    var result = "\u{1B}P0;1q\"1;1;\(grid.width);\(grid.height)"
    for (index, color) in palette.colors.enumerated() {
      func percent(_ value: Int) -> Int { (value * 100 + 127) / 255 }
      result += "#\(index);2;\(percent(color.0));\(percent(color.1));\(percent(color.2))"
    }
    for top in stride(from: 0, to: grid.height, by: 6) {
      let rows = min(6, grid.height - top)
      var present = [Bool](repeating: false, count: palette.colors.count)
      for i in (top * grid.width)..<((top + rows) * grid.width) { present[Int(indices[i])] = true }
      for color in present.indices where present[color] {
        result += "#\(color)"
        var run = 0
        var last: UInt8 = 0
        func flush() {
          let character = String(Unicode.Scalar(63 + last))
          if run > 3 {
            result += "!\(run)\(character)"
          } else {
            result += String(repeating: character, count: run)
          }
        }
        for x in 0..<grid.width {
          var bits: UInt8 = 0
          for row in 0..<rows where Int(indices[(top + row) * grid.width + x]) == color { bits |= 1 << row }
          if run > 0, bits != last {
            flush()
            run = 0
          }
          last = bits
          run += 1
        }
        flush()
        result += "$"
      }
      result += "-"
    }
    return result + "\u{1B}\\\n"
  }

  /// A palette by median cut (Heckbert 1982) over colours of five bits a channel.
  struct Palette {
    var colors: [(Int, Int, Int)] = []
    /// The nearest colour for each value of 15 bits, found when first asked for.
    private var nearest = [Int16](repeating: -1, count: 1 << 15)

    init(of grid: PixelGrid) {
      var counts = [Int](repeating: 0, count: 1 << 15)
      for i in stride(from: 0, to: grid.pixels.count, by: 3) {
        counts[Self.key(Int(grid.pixels[i]), Int(grid.pixels[i + 1]), Int(grid.pixels[i + 2]))] += 1
      }
      var boxes = [counts.indices.filter { counts[$0] > 0 }]
      func channel(_ key: Int, _ c: Int) -> Int { key >> (10 - 5 * c) & 31 }
      func longest(_ box: [Int]) -> (channel: Int, length: Int) {
        var best = (channel: 0, length: -1)
        for c in 0..<3 {
          let values = box.map { channel($0, c) }
          let length = (values.max() ?? 0) - (values.min() ?? 0)
          if length > best.length { best = (c, length) }
        }
        return best
      }
      var sides = boxes.map(longest)
      while boxes.count < 256 {
        guard let widest = sides.indices.max(by: { sides[$0].length < sides[$1].length }),
          sides[widest].length > 0
        else { break }
        let c = sides[widest].channel
        let sorted = boxes[widest].sorted { (channel($0, c), $0) < (channel($1, c), $1) }
        let total = sorted.reduce(0) { $0 + counts[$1] }
        var sum = 0
        var cut = 0
        while cut < sorted.count - 1, sum + counts[sorted[cut]] <= total / 2 || cut == 0 {
          sum += counts[sorted[cut]]
          cut += 1
        }
        boxes[widest] = Array(sorted[..<cut])
        boxes.append(Array(sorted[cut...]))
        sides[widest] = longest(boxes[widest])
        sides.append(longest(boxes[boxes.count - 1]))
      }
      colors = boxes.map { box in
        let total = max(1, box.reduce(0) { $0 + counts[$1] })
        func mean(_ c: Int) -> Int {
          (box.reduce(0) { $0 + counts[$1] * (channel($1, c) * 255 / 31) } + total / 2) / total
        }
        return (mean(0), mean(1), mean(2))
      }
    }

    private static func key(_ r: Int, _ g: Int, _ b: Int) -> Int { (r >> 3) << 10 | (g >> 3) << 5 | b >> 3 }

    private mutating func index(_ r: Int, _ g: Int, _ b: Int) -> Int {
      let key = Self.key(r, g, b)
      if nearest[key] >= 0 { return Int(nearest[key]) }
      var best = 0
      var least = Int.max
      for (i, color) in colors.enumerated() {
        let d = (color.0 - r, color.1 - g, color.2 - b)
        let distance = d.0 * d.0 + d.1 * d.1 + d.2 * d.2
        if distance < least { (least, best) = (distance, i) }
      }
      nearest[key] = Int16(best)
      return best
    }

    /// Each pixel's colour on the palette.
    func dithered(_ grid: PixelGrid) -> [UInt8] {
      var palette = self
      var result = [UInt8](repeating: 0, count: grid.width * grid.height)
      // Errors in sixteenths, with a pixel of margin on each side.
      var current = [Int](repeating: 0, count: (grid.width + 2) * 3)
      var next = current
      for y in 0..<grid.height {
        for x in 0..<grid.width {
          let i = (y * grid.width + x) * 3
          let e = (x + 1) * 3
          var value = [0, 0, 0]
          for c in 0..<3 { value[c] = min(255, max(0, Int(grid.pixels[i + c]) + current[e + c] / 16)) }
          let index = palette.index(value[0], value[1], value[2])
          result[y * grid.width + x] = UInt8(index)
          let color = palette.colors[index]
          let error = [value[0] - color.0, value[1] - color.1, value[2] - color.2]
          for c in 0..<3 {
            current[e + 3 + c] += error[c] * 7
            next[e - 3 + c] += error[c] * 3
            next[e + c] += error[c] * 5
            next[e + 3 + c] += error[c]
          }
        }
        swap(&current, &next)
        for i in next.indices { next[i] = 0 }
      }
      return result
    }
  }
}
