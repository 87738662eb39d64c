import FeditPixels
import Testing

@Suite("Levels")
struct LevelsTests {
  @Test("every level comes back from the numbers that networks take")
  func thereAndBack() {
    for level in UInt8.min...UInt8.max {
      let signed = Levels.signed(level)
      #expect((-1...1).contains(signed))
      #expect(Levels.byte(Levels.level(signed)) == level)
    }
    #expect(Levels.signed(0 as UInt8) == -1 && Levels.signed(255 as UInt8) == 1)
  }

  @Test("levels are rounded, and clamped beyond 0…255")
  func rounding() {
    let levels: [(Float, UInt8)] = [
      (-3, 0), (-0.5, 0), (0.49, 0), (0.5, 1), (127.5, 128), (254.49, 254), (255.5, 255), (1e9, 255),
    ]
    for (level, byte) in levels { #expect(Levels.byte(level) == byte, "\(level)") }
  }

  @Test("16 bits are rounded to the nearest of 8")
  func sixteenBits() {
    for word in UInt16.min...UInt16.max {
      let wanted = UInt8((Double(word) / 257).rounded())
      guard Levels.byte(word) != wanted else { continue }
      Issue.record("\(word) is \(Levels.byte(word)), not \(wanted)")
    }
  }

  @Test("the luma of a grey is its level, and green counts most")
  func luma() {
    for level in stride(from: Float(0), through: 255, by: 15) {
      #expect(abs(Luma.of(level, level, level) - level) < 1e-3)
    }
    let picture: [Float] = [255, 0, 0, 0, 255, 0, 0, 0, 255]
    let lumas = (0..<3).map { Luma.of(picture, pixel: $0) }
    #expect(lumas[1] > lumas[0] && lumas[0] > lumas[2])
  }

  @Test("a mask is set where its rounded grey is above 127, less where it is transparent")
  func threshold() {
    func isSet(_ level: UInt8, alpha: UInt8 = 255) -> Bool {
      LayerThreshold.isSet((level, level, level), alpha: alpha)
    }
    #expect(!isSet(127) && isSet(128))
    #expect(!isSet(255, alpha: 127) && isSet(255, alpha: 128))
    #expect(!isSet(128, alpha: 254))
    // 127.299 is rounded to 127, 127.587 to 128.
    #expect(!LayerThreshold.isSet((128, 127, 127), alpha: 255))
    #expect(LayerThreshold.isSet((127, 128, 127), alpha: 255))
    #expect(!LayerThreshold.isSet(alpha: 127) && LayerThreshold.isSet(alpha: 128))
  }

  @Test("beyond its ends a row is mirrored, the last pixel once more, and again")
  func mirroring() {
    #expect((-7..<10).map { mirrored($0, 3) } == [0, 0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1, 2, 2])
    #expect(mirrored(-100, 1) == 0)
  }
}
