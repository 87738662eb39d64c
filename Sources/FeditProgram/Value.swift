import FeditPixels
import FeditPlan
import FeditSyntax

/// A value while a script is evaluated. Shapes are in the units of the frame they are used in.
enum Value: Sendable {
  case number(Double)
  /// In degrees; positive turns clockwise on the screen.
  case angle(Double)
  case bool(Bool)
  case string(String)
  case color(RGB8)
  case point(Point)
  case list(ListValue)
  case range(Int, Int)
  case shape(ShapeValue)
  indirect case image(PlanFile)
  /// The paths of an SVG file, or of one layer in it.
  indirect case drawing(PlanFile, layer: String?)
  indirect case frame(Affine)

  var type: ValueType {
    switch self {
    case .number: .number
    case .angle: .angle
    case .bool: .bool
    case .string: .string
    case .color: .color
    case .point: .point
    case .list: .list
    case .range: .range
    case .shape: .shape
    case .image, .drawing: .image
    case .frame: .frame
    }
  }

  /// As source text: what strings interpolate and plans record; a list of more than a text may hold is cut.
  var text: String {
    switch self {
    case .number(let value): numberText(value)
    case .angle(let value): numberText(value) + "deg"
    case .bool(let value): value ? "true" : "false"
    case .string(let value): value
    case .color(let value): colorText(value)
    case .point(let value): "(\(numberText(value.x)), \(numberText(value.y)))"
    case .list: listText(Value.textLimit)
    case .range(let from, let to): "\(from)..<\(to)"
    case .shape: "shape"
    case .image(let file): "image(\"\(file.name)\")"
    case .drawing(let file, let layer):
      "svg(\(quoted(file.name))" + (layer.map { ", \(quoted($0))" } ?? "") + ")"
    case .frame: "frame"
    }
  }

  /// The most bytes a text may have.
  static let textLimit = 65_536

  /// A list as source text, ended soon after `limit` bytes: lists inside lists may name a lot.
  private func listText(_ limit: Int) -> String {
    guard case .list(let list) = self else { return sourceText }
    var result = "["
    for (index, value) in list.elements.enumerated() {
      if index > 0 { result += ", " }
      guard result.utf8.count <= limit else { break }
      if case .list = value {
        result += value.listText(limit - result.utf8.count)
      } else {
        result += value.sourceText
      }
    }
    return result + "]"
  }

  /// Like `text`, strings in quotes.
  var sourceText: String {
    guard case .string(let value) = self else { return text }
    return quoted(value)
  }
}

/// A string as a literal of the language.
public func quoted(_ value: String) -> String {
  var result = "\""
  for scalar in value.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\t": result += "\\t"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

/// A list with how deep lists lie in it, known without looking at all of it.
struct ListValue: Sendable {
  /// The most levels of lists in lists: freeing them is recursive.
  static let depthLimit = 256

  let elements: [Value]
  let depth: Int

  init(_ elements: [Value]) {
    self.elements = elements
    depth = 1 + elements.reduce(0) { if case .list(let inner) = $1 { max($0, inner.depth) } else { $0 } }
  }
}

/// A shape with what it costs, known without looking at all of it: shapes made of shapes share
/// their parts, so that a short script may name one of any size.
final class ShapeValue: Sendable {
  /// A point that the shape is made of, and where it is written.
  struct Handle: Sendable {
    var point: Point
    var site: PlanOrigin.Site
  }

  /// How many points of a shape are known with their places: more than anybody moves one by one.
  static let handleLimit = 1_000

  let shape: PlanShape
  /// Levels of algebra on one another.
  let depth: Int
  /// Elements of all paths, each counted as often as it is drawn.
  let size: Int
  /// In the units of the shape.
  let handles: [Handle]

  init(_ shape: PlanShape, depth: Int, size: Int, handles: [Handle] = []) {
    self.shape = shape
    self.depth = depth
    self.size = size
    self.handles = handles
  }

  /// Of a path; of anything else by looking at all of it.
  convenience init(_ shape: PlanShape) {
    if case .path(let path) = shape {
      self.init(shape, depth: 1, size: path.elements.count)
    } else {
      self.init(shape, depth: shape.depth, size: 1)
    }
  }

  func with(handles: [Handle]) -> ShapeValue { ShapeValue(shape, depth: depth, size: size, handles: handles) }
}
