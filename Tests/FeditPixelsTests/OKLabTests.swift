import FeditPixels
import Testing

@Suite("Colours")
struct OKLabTests {
  @Test("OKLab has the values of its author's table, and goes back to the same light")
  func values() {
    // XYZ of white, and sRGB's primaries, as published with the space.
    let colors: [(light: (Float, Float, Float), lab: (Float, Float, Float))] = [
      ((1, 1, 1), (1, 0, 0)), ((0, 0, 0), (0, 0, 0)), ((1, 0, 0), (0.627955, 0.224863, 0.125846)),
      ((0, 1, 0), (0.866440, -0.233888, 0.179498)), ((0, 0, 1), (0.452014, -0.032457, -0.311528)),
    ]
    for (light, lab) in colors {
      let color = OKLab(red: light.0, green: light.1, blue: light.2)
      #expect(
        abs(color.lightness - lab.0) < 1e-4 && abs(color.a - lab.1) < 1e-4 && abs(color.b - lab.2) < 1e-4)
      let back = color.linear
      #expect(abs(back.red - light.0) < 2e-3 && abs(back.green - light.1) < 2e-3)
      #expect(abs(back.blue - light.2) < 2e-3)
    }
  }

  @Test("what sRGB does not have keeps lightness and hue, and loses chroma")
  func gamut() {
    let green = OKLab(lightness: 0.7, a: -0.4, b: 0.1)
    let light = green.inGamut
    #expect([light.red, light.green, light.blue].allSatisfy { (0...1).contains($0) })
    let inside = OKLab(red: light.red, green: light.green, blue: light.blue)
    #expect(abs(inside.lightness - green.lightness) < 0.01)
    #expect(abs(inside.a / inside.b - green.a / green.b) < 0.1)
    #expect(abs(inside.a) < abs(green.a))
  }

  @Test("the transfer function is the standard's, there and back")
  func transfer() {
    for (level, linear) in [
      (0, 0.0), (10, 0.003035), (55, 0.038204), (128, 0.215861), (200, 0.577580), (255, 1),
    ] {
      #expect(abs(Double(Transfer.levels[level]) - linear) < 1e-5)
      #expect(abs(Double(Transfer.encode(Transfer.levels[level])) * 255 - Double(level)) < 0.02)
    }
  }

  @Test("roots are roots")
  func roots() {
    let numbers: [Double] = [1e-12, 1e-6, 0.001, 0.2, 1, 8, 12345.678]
    for x in numbers {
      let root: Double = cubeRoot(x)
      let error = abs(root * root * root - x)
      #expect(error < 1e-14 * max(x, 1e-3) + x * 1e-13)
    }
  }
}
