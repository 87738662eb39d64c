import FeditKernels
import FeditTestSupport
import Foundation
import Testing

/// The instruction sets this processor has.
let instructionSets = [FK_AVX2, FK_AVX512].map { Int32($0.rawValue) }.filter { fk_has_isa($0) != 0 }

@Suite struct ProductTests {
  @Test(
    "A product has the bits of fused multiply-adds in the order of k, for any shape and either instruction set"
  )
  func bitsOfTheDefinition() {
    let shapes = [
      (1, 1, 1), (5, 7, 3), (64, 64, 64), (13, 33, 300), (97, 47, 513), (200, 530, 70), (3, 16, 0),
    ]
    for isa in instructionSets {
      for (m, n, k) in shapes {
        for flags in 0..<8 {
          let (ta, tb, add) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0)
          var numbers = Numbers(UInt64(m * 31 + n * 7 + k + flags))
          let a = numbers.array(m * k)
          let b = numbers.array(k * n)
          let start = numbers.array(m * n)
          var c = start
          fk_sgemm_on(
            isa, ta, tb, m, n, k, a, ta ? m : k, b, tb ? k : n, &c, n, add)
          var wrong = 0
          for i in 0..<m {
            for j in 0..<n {
              var sum: Float = add ? start[i * n + j] : 0
              for p in 0..<k {
                sum.addProduct(ta ? a[p * m + i] : a[i * k + p], tb ? b[j * k + p] : b[p * n + j])
              }
              if sum.bitPattern != c[i * n + j].bitPattern { wrong += 1 }
            }
          }
          #expect(wrong == 0, "\(m)×\(n)×\(k) transposes \(ta) \(tb) accumulate \(add)")
        }
      }
    }
  }

  @Test(
    "exp, tanh and the sigmoid are within 3e-7 of the library's, with equal bits on both instruction sets")
  func elementwise() {
    var numbers = Numbers(3)
    let x = numbers.array(1003).map { $0 * 30 } + [0, -0.0, 1e-8, 87, -87, 200, -200]
    var first: [[Float]] = []
    for isa in instructionSets {
      var e = x
      var t = x
      var s = x
      fk_exp(isa, x, &e, x.count)
      fk_tanh(isa, x, &t, x.count)
      fk_sigmoid(isa, x, &s, x.count)
      for (i, v) in x.enumerated() {
        if abs(v) < 80 { #expect(abs(Double(e[i]) / exp(Double(v)) - 1) < 3e-7) }
        #expect(abs(Double(t[i]) - tanh(Double(v))) < 3e-7)
        #expect(abs(Double(s[i]) - 1 / (1 + exp(-Double(v)))) < 3e-7)
      }
      if first.isEmpty { first = [e, t, s] }
      #expect(first.map { $0.map(\.bitPattern) } == [e, t, s].map { $0.map(\.bitPattern) })
    }
  }

  @Test("A pool calls every item once, again and again")
  func pool() throws {
    let pool = try #require(fk_pool_create(3))
    defer { fk_pool_destroy(pool) }
    #expect(fk_pool_threads(pool) == 3)
    for round in 0..<500 {
      let count = round % 17
      var hits = [Int32](repeating: 0, count: 17)
      hits.withUnsafeMutableBufferPointer { buffer in
        fk_pool_run(
          pool, { context, item, _ in context?.assumingMemoryBound(to: Int32.self)[item] += 1 },
          buffer.baseAddress, count)
      }
      #expect(hits == (0..<17).map { $0 < count ? 1 : 0 })
    }
  }
}
