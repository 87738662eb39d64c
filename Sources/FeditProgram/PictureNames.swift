import FeditPlan
import FeditSyntax

extension Expression {
  /// The functions that take a file to draw.
  public static let fileFunctions: Set = ["image", "svg"]

  /// What `image(…)` or `svg(…)` names; nil for other expressions.
  public var drawnFile: Expression? {
    guard case .call(let callee, let arguments) = kind, case .name(let name) = callee.kind,
      Self.fileFunctions.contains(name)
    else { return nil }
    return (arguments.first { $0.label?.text == "file" } ?? arguments.first { $0.label == nil })?.value
  }
}

extension Script {
  /// What the script names files by, in the order of the source.
  ///
  /// - Returns: the statement whose value it is, nil for what `image` and `svg` draw, and the value.
  public var namedFiles: [(statement: StatementID?, name: Expression)] {
    var result: [(statement: StatementID?, name: Expression)] = []
    for statement in statements {
      statement.walk {
        guard case .plain(let plain) = $0.kind, [.photo, .use, .save, .model].contains(plain.id) else {
          return
        }
        result.append((plain.id, plain.value))
      }
    }
    result += expressions.compactMap(\.drawnFile).map { (nil, $0) }
    return result.sorted { $0.name.span.start < $1.name.span.start }
  }
}

/// Why a picture can't be saved with a quality; nil where it can.
///
/// - Parameters:
///   - quality: what was asked for.
///   - name: the file's name, whose ending stands for its format.
/// - Returns: the problem in words.
public func qualityProblem(_ quality: Double, savingAs name: String) -> String? {
  if let format = PictureFormat(savingAs: name), !format.takesQuality {
    return "\(format.name) keeps every pixel as it is and takes no quality; JPEG and WebP do"
  }
  if quality == quality.rounded(), (1...100).contains(quality) { return nil }
  return "a quality is a whole number from 1 to 100, found \(numberText(quality))"
}

/// What is said of a quality behind `save layers`.
let layersTakeNoQuality = "layers are kept as they are and take no quality"

/// Why a name is none for a picture that is saved; nil where it is.
public func pictureNameProblem(_ name: String) -> String? {
  if PictureFormat(savingAs: name) != nil { return nil }
  let endings = PictureFormat.writtenEndings.map { ".\($0)" }
  let shown = escapingControlCharacters(name)
  return "pictures are saved as \(PictureFormat.writtenNames), so '\(shown)' has to end with "
    + endings.dropLast().joined(separator: ", ") + " or " + (endings.last ?? "")
}
