import FeditPixels
import FeditPlan

/// The paths of an SVG file, as far as masks, sketches and colours can be made of them.
///
/// Every basic shape is a path in here; text, clones, gradients, masks and clip paths are not read. Where one of them
/// would be drawn, the element says so instead of being left out.
struct SVGDrawing: Sendable {
  /// What an area or a line is painted with.
  enum Paint: Sendable {
    case none
    case color(RGB8)
    /// A gradient or another thing that is no colour: as it is written.
    case other(String)

    var isNone: Bool { if case .none = self { true } else { false } }
  }

  /// A shape with its paint.
  struct Element: Sendable {
    /// The names of the layers it lies in, the outermost first.
    var layers: [String]
    /// Before `map`.
    var path: [PathElement]
    /// From the element's units to those of `box`.
    var map: Affine
    /// Of the area; none where it can't be seen.
    var fill: Paint
    /// Of the line; none where it can't be seen.
    var stroke: Paint
    /// The line's width in the element's units.
    var width: Double
    /// The pen of a sketch in the element's units, which fedit itself writes; nil for a line of one pixel.
    var pen: Double?
    /// Whether a sketch outlines it as an area, where fedit itself has written that.
    var isArea: Bool?
    var label: String?
    /// The line of the file on which it begins, from 1.
    var line: Int
    /// Why it can't be drawn.
    var problem: Problem?
  }

  /// What is wrong with a file, where, and what mends it.
  struct Problem: Error {
    var message: String
    /// From 1.
    var line: Int?
    var hints: [String] = []

    var description: String { line.map { "line \($0): \(message)" } ?? message }
  }

  /// What is stretched over the place of the drawing: the view box.
  var box: (origin: Point, size: Point)
  var elements: [Element]
  /// The names of all layers, also of those without a shape.
  var layers: Set<String>

  /// The layers that strokes of the language draw.
  static let standardLayers = ["mask", "sketch", "color"]

  /// The elements of one of the language's layers.
  ///
  /// - Parameters:
  ///   - name: `mask`, `sketch` or `color`. Where the file has none of these three, all of it is meant.
  ///   - outer: only what lies in the layer of this name.
  /// - Returns: the elements in the order of drawing; none has a problem.
  /// - Throws: `Problem` where there is no such layer, or something in it can't be drawn.
  func elements(of name: String, within outer: String?) throws(Problem) -> [Element] {
    if let outer, !layers.contains(outer) {
      throw Problem(message: "there is no layer '\(outer)' in it", hints: hints)
    }
    let inside = outer.map { outer in elements.filter { $0.layers.contains(outer) } } ?? elements
    var chosen = inside
    if !layers.isDisjoint(with: Self.standardLayers) {
      guard layers.contains(name) else {
        throw Problem(message: "there is no layer '\(name)' in it", hints: hints)
      }
      chosen = inside.filter { $0.layers.contains(name) }
    }
    for element in chosen { if let problem = element.problem { throw problem } }
    return chosen
  }

  private var hints: [String] {
    let names = layers.sorted().prefix(10).map { "'\($0)'" }
    return names.isEmpty ? [] : ["it has \(names.joined(separator: ", "))"]
  }
}
