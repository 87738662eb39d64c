import FeditPlan
import FeditRaster
import Testing

@Suite("Noise") struct NoiseTests {
  @Test("Philox4x32-10 gives the known answers of Random123")
  func knownAnswers() {
    #expect(
      Noise.philox4x32_10(key: .zero, counter: .zero)
        == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    #expect(
      Noise.philox4x32_10(key: SIMD2(repeating: .max), counter: SIMD4(repeating: .max))
        == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    #expect(
      Noise.philox4x32_10(
        key: SIMD2(0xa409_3822, 0x299f_31d0),
        counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344))
        == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test("a pixel is the first word of key = seed, counter = (x, y, edit, 0), below the threshold")
  func pixels() {
    let seed: UInt64 = 0x0123_4567_89ab_cdef
    let layer = Noise.layer(seed: seed, edit: 3, size: 64)
    for (x, y) in [(0, 0), (1, 0), (0, 1), (63, 63), (17, 40), (40, 17)] {
      let word = Noise.philox4x32_10(
        key: SIMD2(0x89ab_cdef, 0x0123_4567), counter: SIMD4(UInt32(x), UInt32(y), 3, 0)
      ).x
      #expect(layer[y * 64 + x] == (word < 683_329_296 ? 1 : 0))
    }
  }

  @Test("a share of 0.1591 is set, whatever the seed and the edit")
  func density() {
    for (seed, edit) in [(0, 0), (7, 0), (UInt64.max, 5)] as [(UInt64, Int)] {
      let layer = Noise.layer(seed: seed, edit: edit, size: 512)
      let share = Double(layer.reduce(0) { $0 + Int($1) }) / Double(layer.count)
      // Three standard deviations of 262,144 draws.
      #expect(abs(share - 0.1591) < 0.0022)
    }
  }

  @Test("seeds, edits and sizes: other keys give other noise, a larger frame goes on from a smaller one")
  func independence() {
    let base = Noise.layer(seed: 1, edit: 0, size: 128)
    #expect(base != Noise.layer(seed: 2, edit: 0, size: 128))
    #expect(base != Noise.layer(seed: 1 << 32 | 1, edit: 0, size: 128))
    #expect(base != Noise.layer(seed: 1, edit: 1, size: 128))
    let larger = Noise.layer(seed: 1, edit: 0, size: 256)
    #expect((0..<128).allSatisfy { y in base[y * 128..<y * 128 + 128] == larger[y * 256..<y * 256 + 128] })
  }

  @Test("the noise of a layer is multiplied by the mask")
  func masked() throws {
    let layers = try drawn(128, Make.stroke(.mask, Make.circle(64, 64, 40)))
    let noise = Noise.layer(seed: 0, edit: 0, size: 128)
    #expect(layers.noise == zip(noise, layers.mask).map { $0 * $1 })
    #expect(layers.noise.contains(1))
  }
}
