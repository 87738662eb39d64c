// Sine, cosine and arc tangent by series, so that neither geometry nor pixels depend on the
// C library's processor-dependent variants. Accurate to about 1e-15 of the result's range.

/// The sine of an angle in degrees; exact at multiples of 90.
package func sine(_ degrees: Double) -> Double {
  let (quadrant, rest) = reduced(degrees)
  switch quadrant {
  case 0: return sineSeries(rest)
  case 1: return cosineSeries(rest)
  case 2: return -sineSeries(rest)
  default: return -cosineSeries(rest)
  }
}

/// The cosine of an angle in degrees; exact at multiples of 90.
package func cosine(_ degrees: Double) -> Double {
  let (quadrant, rest) = reduced(degrees)
  switch quadrant {
  case 0: return cosineSeries(rest)
  case 1: return -sineSeries(rest)
  case 2: return -cosineSeries(rest)
  default: return sineSeries(rest)
  }
}

/// The angle of a vector in degrees, -180…180; 0 for the zero vector.
package func arcTangent(_ y: Double, _ x: Double) -> Double {
  if x == 0, y == 0 { return 0 }
  let steep = abs(y) > abs(x)
  let ratio = steep ? abs(x) / abs(y) : abs(y) / abs(x)
  var angle = arcTangentSeries(ratio) * 180 / .pi
  if steep { angle = 90 - angle }
  if x < 0 { angle = 180 - angle }
  return y < 0 ? -angle : angle
}

/// The quadrant 0…3 and the rest in radians, -π/4…π/4.
private func reduced(_ degrees: Double) -> (Int, Double) {
  let turns = (degrees / 90).rounded()
  let rest = (degrees - turns * 90) * .pi / 180
  // Turns beyond 2^53 quarters are whole numbers of who knows how many; the remainder is still theirs.
  let whole = abs(turns) < 0x1p53 ? Int(turns) : Int(turns.truncatingRemainder(dividingBy: 4))
  return (whole & 3, rest)
}

/// Taylor to x^17, for at most π/4.
private func sineSeries(_ x: Double) -> Double {
  let square = x * x
  let sum = horner(
    square,
    [
      1.0 / 355_687_428_096_000, -1.0 / 1_307_674_368_000, 1.0 / 6_227_020_800, -1.0 / 39_916_800,
      1.0 / 362_880,
      -1.0 / 5_040, 1.0 / 120, -1.0 / 6,
    ])
  return x + x * square * sum
}

/// Taylor to x^18, for at most π/4.
private func cosineSeries(_ x: Double) -> Double {
  let square = x * x
  let sum = horner(
    square,
    [
      -1.0 / 6_402_373_705_728_000, 1.0 / 20_922_789_888_000, -1.0 / 87_178_291_200, 1.0 / 479_001_600,
      -1.0 / 3_628_800, 1.0 / 40_320, -1.0 / 720, 1.0 / 24, -0.5,
    ])
  return 1 + square * sum
}

/// A polynomial, its highest coefficient first.
private func horner(_ x: Double, _ coefficients: [Double]) -> Double {
  coefficients.dropFirst().reduce(coefficients[0]) { $0 * x + $1 }
}

/// For 0…1: halved twice, then Taylor to x^25.
private func arcTangentSeries(_ x: Double) -> Double {
  var value = x
  for _ in 0..<2 { value /= 1 + (1 + value * value).squareRoot() }
  let square = value * value
  var power = value
  var sum = value
  for k in stride(from: 3.0, through: 25, by: 2) {
    power *= -square
    sum += power / k
  }
  return sum * 4
}
