import FeditImage
import FeditPlan

/// A photo and its edit side by side, as contact sheets of many photos show them.
public enum BeforeAfter {
  /// Pixels between the two.
  public static let gap = 2

  /// Two boxes side by side with a picture in each; where one is missing, its box is crossed out in red.
  ///
  /// - Parameters:
  ///   - before: The photo; nil where it can't be read.
  ///   - after: The result; nil where there is none.
  ///   - side: Of each box, in pixels.
  /// - Returns: 8-bit RGB, `2 * side + gap` wide and `side` high.
  public static func picture(before: Picture?, after: Picture?, side: Int) -> Picture {
    var sheet = PixelSheet(width: 2 * side + gap, height: side, color: (250, 250, 248))
    for (index, picture) in [before, after].enumerated() {
      let left = index * (side + gap)
      guard let picture else {
        crossOut(&sheet, left: left, side: side)
        continue
      }
      let fitted = picture.fitted(width: side, height: side)
      sheet.draw(fitted, x: left + (side - fitted.width) / 2, y: (side - fitted.height) / 2)
    }
    return sheet.picture
  }

  private static func crossOut(_ sheet: inout PixelSheet, left: Int, side: Int) {
    sheet.fill(x: left, y: 0, width: side, height: side, (250, 226, 224))
    let reach = max(1, side / 48)
    for step in 0..<side {
      for offset in -reach...reach where (0..<side).contains(step + offset) {
        sheet.mix(left + step + offset, step, (200, 30, 36), 255)
        sheet.mix(left + side - 1 - step - offset, step, (200, 30, 36), 255)
      }
    }
  }
}
