import Foundation

extension Measures {
  /// For people: a line for each figure that was measured, its title, up to 23 characters, and the value with its unit.
  public var lines: [(title: String, value: String)] {
    func text(_ value: Double?, _ format: String) -> String {
      value.map { String(format: format, $0) } ?? "–"
    }
    var result: [(title: String, value: String)] = []
    for name in ["traced", "thick", "few-points", "sparse"] {
      guard let hand = hands[name] else { continue }
      result.append(
        (
          "sketch \(name)",
          "PSNR \(text(hand.psnr, "%.2f"))  VGG \(text(hand.features, "%.3f"))  ink \(text(hand.ink, "%.2f"))"
        ))
    }
    let colors = ["2.5", "7", "12", "20"].map { "\($0) px \(text(wantedColors[$0], "%.1f"))" }
    result.append(("wanted colours", colors.joined(separator: ", ") + " (levels, by radius)"))
    let figures: [(String, Double?, String)] = [
      ("drawn parts", drawnParts, "VGG %.3f"),
      ("texture in drawn parts", drawnTexture, "%.2f of the photo's"),
      ("background's hue", background, "ΔE %.1f"),
      ("half of the face", halfFace, "VGG %.3f"),
      ("eyes alike", eyeMatch, "ΔE %.1f"),
      ("weave in dark fills", gridLevel, "%.2f levels"),
      ("texture in dark fills", darkTexture, "%.2f levels"),
      ("difference of seeds", seeds, "%.2f levels"),
      ("sharpness", sharpness, "%.2f of the photo's"),
      ("tone at the border", toneStep, "ΔE %.1f"),
      ("time of a whole frame", milliseconds, "%.0f ms"),
    ]
    return result
      + figures.compactMap { title, value, format in
        value.map { (title, String(format: format, $0)) }
      }
  }
}
