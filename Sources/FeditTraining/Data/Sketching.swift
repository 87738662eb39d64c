import FeditPixels
import FeditVision

/// Draws what a person might draw of a picture: lines one pixel wide.
public struct Sketching: Sendable {
  /// Components with fewer pixels are dropped.
  public static let leastLine = 14
  /// XDoG's Gaussians in pixels, and how far the wide one has to exceed the narrow one, in levels.
  static let narrow = 1.0
  static let wide = 1.6
  static let threshold: Float = 0.012 * 255
  /// Canny's hysteresis, on the smoothed grey picture.
  static let low = 60
  static let high = 140

  private let network: HEDNetwork?

  /// A drawer by the classical methods, and by HED where its network is given.
  public init(network: HEDNetwork? = nil) {
    self.network = network
  }

  /// The drawings of a picture, one for each method.
  ///
  /// - Parameters:
  ///   - picture: what is drawn.
  ///   - methods: ways of drawing; `hed` needs the network.
  /// - Returns: planes of 0 and 1.
  public func draw(_ picture: ColorPlane, methods: [PrepareSettings.Method]) -> [Plane] {
    let smoothed = methods.contains { $0 != .hed } ? picture.gray.bilateral() : nil
    return methods.map { method in
      var lines: Plane
      switch method {
      case .xdog:
        lines =
          smoothed?.darkLines(narrow: Self.narrow, wide: Self.wide, threshold: Self.threshold)
          ?? Plane(width: picture.width, height: picture.height)
      case .canny:
        lines =
          smoothed?.rounded.canny(low: Self.low, high: Self.high)
          ?? Plane(width: picture.width, height: picture.height)
      case .hed:
        guard let network else { preconditionFailure("HED's sketches need its weights") }
        lines = network.edges(picture).ridges(low: HEDNetwork.low, high: HEDNetwork.high)
      }
      lines.removeComponents(smallerThan: Self.leastLine)
      lines.thin()
      return lines
    }
  }

  /// Colours as a person would put them down: flat areas. At half the size.
  public static func flattened(_ picture: ColorPlane) -> ColorPlane {
    picture.halved.meanShift(spatial: 6, color: 24).median5
  }

  /// Eight pixels a byte, the leftmost in the highest bit; the width is a multiple of 8.
  static func packed(_ plane: Plane) -> [UInt8] {
    precondition(plane.width % 8 == 0)
    return stride(from: 0, to: plane.pixels.count, by: 8).map { i in
      (0..<8).reduce(UInt8(0)) { $0 << 1 | (plane.pixels[i + $1] != 0 ? 1 : 0) }
    }
  }
}
