import FeditImageCodecs

/// Deflate (RFC 1951) with runs and Huffman codes alone: no search for matches.
///
/// The rows of a filtered photo repeat nothing but single bytes, so a search finds little and takes nearly
/// all the time of zlib; what counts is how well the codes fit, hence a fresh set for each block.
struct RunLengthDeflate {
  /// The zlib stream (RFC 1950) so far.
  private(set) var bytes: [UInt8] = [0x78, 0x01]
  private var adler: UInt = 1
  private var bits: UInt64 = 0
  private var bitCount = 0

  /// End of block; below are the literals, above the lengths of runs.
  private static let endOfBlock = 256
  /// A run is written as the byte before and a match at distance 1.
  private static let shortestRun = 3
  private static let longestRun = 258

  /// The code, its extra bits' count and their value of each run length (RFC 1951, 3.2.5).
  private static let runs: [(symbol: Int, extra: Int, value: Int)] = (0...longestRun).map { length in
    if length < shortestRun { return (0, 0, 0) }
    if length == longestRun { return (285, 0, 0) }
    let rest = length - shortestRun
    if rest < 8 { return (257 + rest, 0, 0) }
    let extra = Int.bitWidth - 1 - rest.leadingZeroBitCount - 2
    return (257 + 4 * extra + 4 + (rest >> extra & 3), extra, rest & (1 << extra) - 1)
  }

  /// Appends a block.
  mutating func append(_ block: UnsafeBufferPointer<UInt8>, isLast: Bool) {
    guard let source = block.baseAddress else { return }
    adler = fedit_zlib_adler32(adler, source, block.count)
    var frequencies = [UInt32](repeating: 0, count: 286)
    frequencies.withUnsafeMutableBufferPointer { frequencies in
      Self.tokens(
        source, block.count, literal: { frequencies[Int($0)] &+= 1 },
        run: { frequencies[Self.runs[$0].symbol] &+= 1 })
    }
    frequencies[Self.endOfBlock] = 1
    let lengths = HuffmanCode.lengths(frequencies, limit: 15)
    put(isLast ? 1 : 0, 1)
    put(2, 2)
    putCodes(lengths)
    let codes = HuffmanCode.codes(lengths)
    // A code has at most 15 bits, a run five extra and one for its distance.
    let start = bytes.count
    let capacity = block.count * 2 + 64
    bytes.reserveCapacity(start + capacity)
    bytes.append(contentsOf: repeatElement(0, count: capacity))
    var bits = bits
    var bitCount = bitCount
    let used: Int = bytes.withUnsafeMutableBytes { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      var target = base + start
      @inline(__always) func add(_ code: UInt64, _ length: Int) {
        bits |= code &<< UInt64(truncatingIfNeeded: bitCount)
        bitCount &+= length
        if bitCount > 32 {
          target.storeBytes(of: bits.littleEndian, as: UInt64.self)
          target += 4
          bits &>>= 32
          bitCount &-= 32
        }
      }
      codes.withUnsafeBufferPointer { codes in
        Self.tokens(
          source, block.count,
          literal: {
            let code = codes[Int($0)]
            add(UInt64(code.bits), Int(code.length))
          },
          run: {
            let run = Self.runs[$0]
            let code = codes[run.symbol]
            add(UInt64(code.bits), Int(code.length))
            // The only distance's code is a zero bit.
            add(UInt64(run.value), run.extra + 1)
          })
        let end = codes[Self.endOfBlock]
        add(UInt64(end.bits), Int(end.length))
      }
      return target - base
    }
    bytes.removeLast(bytes.count - used)
    self.bits = bits
    self.bitCount = bitCount
  }

  /// Closes the stream after the last block.
  mutating func finish() -> [UInt8] {
    while bitCount > 0 {
      bytes.append(UInt8(truncatingIfNeeded: bits))
      bits >>= 8
      bitCount -= 8
    }
    for shift in [24, 16, 8, 0] as [UInt] { bytes.append(UInt8(truncatingIfNeeded: adler >> shift)) }
    return bytes
  }

  /// Goes through a block; runs begin after their first byte.
  @inline(__always)
  private static func tokens(
    _ source: UnsafePointer<UInt8>, _ count: Int, literal: (UInt8) -> Void, run: (Int) -> Void
  ) {
    guard count > 0 else { return }
    literal(source[0])
    var i = 1
    while i < count {
      let byte = source[i]
      if byte == source[i &- 1], i &+ 2 < count, source[i &+ 1] == byte, source[i &+ 2] == byte {
        var end = i &+ 3
        let bound = min(count, i &+ longestRun)
        while end < bound, source[end] == byte { end &+= 1 }
        run(end &- i)
        i = end
      } else {
        literal(byte)
        i &+= 1
      }
    }
  }

  private mutating func put(_ value: Int, _ length: Int) {
    bits |= UInt64(value) << UInt64(bitCount)
    bitCount += length
    while bitCount >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: bits))
      bits >>= 8
      bitCount -= 8
    }
  }

  /// The codes themselves (RFC 1951, 3.2.7): their lengths, in which zeros are run-length coded.
  private mutating func putCodes(_ lengths: [UInt8]) {
    // One distance of one bit.
    let all = lengths + [1]
    var symbols: [(symbol: Int, extra: Int, value: Int)] = []
    var i = 0
    while i < all.count {
      var end = i
      while end < all.count, all[end] == 0, end - i < 138 { end += 1 }
      switch end - i {
      case 0:
        symbols.append((Int(all[i]), 0, 0))
        end = i + 1
      case 1...2:
        symbols.append((0, 0, 0))
        end = i + 1
      case 3...10: symbols.append((17, 3, end - i - 3))
      default: symbols.append((18, 7, end - i - 11))
      }
      i = end
    }
    var frequencies = [UInt32](repeating: 0, count: 19)
    for symbol in symbols { frequencies[symbol.symbol] += 1 }
    let codeLengths = HuffmanCode.lengths(frequencies, limit: 7)
    let codes = HuffmanCode.codes(codeLengths)
    put(lengths.count - 257, 5)
    put(0, 5)
    let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    put(order.count - 4, 4)
    for symbol in order { put(Int(codeLengths[symbol]), 3) }
    for (symbol, extra, value) in symbols {
      put(Int(codes[symbol].bits), Int(codes[symbol].length))
      put(value, extra)
    }
  }
}

/// Prefix codes as deflate has them: canonical, of bounded length, the first bit lowest.
enum HuffmanCode {
  /// The lengths of codes for symbols that occur so often; 0 for those that do not.
  ///
  /// At least two symbols get one, for a decoder may refuse an incomplete code.
  static func lengths(_ frequencies: [UInt32], limit: Int) -> [UInt8] {
    var weights = frequencies
    for symbol in weights.indices where weights.lazy.filter({ $0 > 0 }).prefix(2).count < 2 {
      if weights[symbol] == 0 { weights[symbol] = 1 }
    }
    while true {
      let lengths = unboundedLengths(weights)
      if lengths.allSatisfy({ $0 <= limit }) { return lengths }
      // Flatter weights give shorter codes; in the end all are equal.
      for symbol in weights.indices where weights[symbol] > 0 { weights[symbol] = (weights[symbol] + 1) / 2 }
    }
  }

  /// Huffman's algorithm with two queues: leaves by weight, and nodes in the order in which they arise.
  private static func unboundedLengths(_ weights: [UInt32]) -> [UInt8] {
    let leaves = weights.indices.filter { weights[$0] > 0 }.sorted {
      (weights[$0], $0) < (weights[$1], $1)
    }
    var nodeWeights = leaves.map { Int(weights[$0]) }
    var parents = [Int](repeating: 0, count: 2 * leaves.count - 1)
    var leaf = 0
    var node = leaves.count
    func next() -> Int {
      if leaf < leaves.count, node >= nodeWeights.count || nodeWeights[leaf] <= nodeWeights[node] {
        leaf += 1
        return leaf - 1
      }
      node += 1
      return node - 1
    }
    for parent in leaves.count..<2 * leaves.count - 1 {
      let first = next()
      let second = next()
      parents[first] = parent
      parents[second] = parent
      nodeWeights.append(nodeWeights[first] + nodeWeights[second])
    }
    var depths = [UInt8](repeating: 0, count: parents.count)
    for index in (0..<parents.count - 1).reversed() { depths[index] = depths[parents[index]] + 1 }
    var lengths = [UInt8](repeating: 0, count: weights.count)
    for (index, symbol) in leaves.enumerated() { lengths[symbol] = depths[index] }
    return lengths
  }

  /// The codes that belong to lengths (RFC 1951, 3.2.2), reversed, for they are written lowest bit first.
  static func codes(_ lengths: [UInt8]) -> [(bits: UInt16, length: UInt8)] {
    var counts = [UInt16](repeating: 0, count: 17)
    for length in lengths where length > 0 { counts[Int(length)] += 1 }
    var next = [UInt16](repeating: 0, count: 17)
    for length in 1...15 { next[length + 1] = (next[length] + counts[length]) << 1 }
    return lengths.map { length in
      guard length > 0 else { return (0, 0) }
      let code = next[Int(length)]
      next[Int(length)] += 1
      return (code.bitReversed >> (16 - UInt16(length)), length)
    }
  }
}

extension UInt16 {
  fileprivate var bitReversed: UInt16 {
    var value = self
    value = value >> 1 & 0x5555 | (value & 0x5555) << 1
    value = value >> 2 & 0x3333 | (value & 0x3333) << 2
    value = value >> 4 & 0x0F0F | (value & 0x0F0F) << 4
    return value.byteSwapped
  }
}

/// PNG's image data from Paeth-filtered rows and run-length deflate.
enum QuickImageData {
  /// Filtered bytes that share a set of codes.
  private static let blockBytes = 1 << 17

  /// A zlib stream of rows of `rowBytes` bytes, `pixelBytes` a pixel; 16-bit samples come in the machine's order.
  static func encode(
    _ pixels: UnsafeRawBufferPointer, rowBytes: Int, height: Int, pixelBytes: Int, isDeep: Bool
  ) -> [UInt8] {
    var stream = RunLengthDeflate()
    let blockRows = max(1, blockBytes / (rowBytes + 1))
    var block = [UInt8](repeating: 0, count: blockRows * (rowBytes + 1))
    // Two rows in PNG's byte order, with a pixel of zeros before each.
    var rows = [UInt8](repeating: 0, count: 2 * (pixelBytes + rowBytes))
    block.withUnsafeMutableBufferPointer { block in
      rows.withUnsafeMutableBufferPointer { rows in
        guard let source = pixels.baseAddress, let target = block.baseAddress, let pair = rows.baseAddress
        else { return }
        var current = pair + pixelBytes
        var previous = pair + 2 * pixelBytes + rowBytes
        for first in stride(from: 0, to: height, by: blockRows) {
          let last = min(first + blockRows, height)
          var to = target
          for y in first..<last {
            let row = source + y * rowBytes
            if isDeep {
              let samples = row.assumingMemoryBound(to: UInt16.self)
              let swapped = UnsafeMutableRawPointer(current)
              for i in 0..<rowBytes / 2 {
                swapped.storeBytes(of: samples[i].bigEndian, toByteOffset: 2 &* i, as: UInt16.self)
              }
            } else {
              UnsafeMutableRawPointer(current).copyMemory(from: row, byteCount: rowBytes)
            }
            // Above the first row are zeros, where Paeth's predictor is the left pixel.
            to[0] = y == 0 ? 1 : 4
            paeth(current, previous, rowBytes, pixelBytes, to + 1)
            swap(&current, &previous)
            to += rowBytes + 1
          }
          stream.append(
            UnsafeBufferPointer(start: target, count: to - target), isLast: last == height)
        }
      }
    }
    return stream.finish()
  }

  /// PNG's filter 4 (PNG specification, 9.4).
  @inline(__always)
  private static func paeth(
    _ row: UnsafeMutablePointer<UInt8>, _ above: UnsafeMutablePointer<UInt8>, _ count: Int,
    _ pixelBytes: Int, _ target: UnsafeMutablePointer<UInt8>
  ) {
    let left = row - pixelBytes
    let corner = above - pixelBytes
    for i in 0..<count {
      let a = Int16(left[i])
      let b = Int16(above[i])
      let c = Int16(corner[i])
      let fromA = abs(b &- c)
      let fromB = abs(a &- c)
      let fromC = abs(a &+ b &- c &- c)
      let aOrB = fromA <= fromB ? a : b
      let least = fromA <= fromB ? fromA : fromB
      let predicted = least <= fromC ? aOrB : c
      target[i] = row[i] &- UInt8(truncatingIfNeeded: predicted)
    }
  }
}
