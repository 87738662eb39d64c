import ArgumentParser
import FeditGenerator
import FeditWeights
import Foundation

/// `fedit model list`
struct ModelList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the built-in models and those in the model store.")

  @Flag(help: "Print JSON.")
  var json = false

  /// A model as it is listed.
  private struct Row: Encodable {
    var name: String
    var kind: String
    var isDefault: Bool
    var width: Int?
    var size: Int?
    var bytes: Int
    var problem: String?

    enum CodingKeys: String, CodingKey {
      case name, kind, width, size, bytes, problem
      case isDefault = "default"
    }
  }

  func run() throws {
    let store = ModelStore.standard()
    var rows: [Row] = []
    for name in BuiltInModel.names {
      guard let weights = try BuiltInModel.weights(name) else { continue }
      let model = try GeneratorModel(weights: weights)
      rows.append(
        Row(
          name: name, kind: "built-in", isDefault: name == BuiltInModel.defaultName, width: model.width,
          size: model.size, bytes: weights.byteCount))
    }
    for entry in try store.list() {
      var row = Row(name: entry.name, kind: "stored", isDefault: false, bytes: entry.byteCount)
      do {
        let model = try GeneratorModel(weights: SafetensorsFile(path: entry.path))
        row.width = model.width
        row.size = model.size
      } catch let error as WeightError {
        row.problem = error.problem
      } catch {
        row.problem = "\(error)"
      }
      rows.append(row)
    }
    if json {
      try printJSON(rows, .prettyPrinted)
      return
    }
    let nameWidth = rows.map(\.name.count).max() ?? 0
    for row in rows {
      let name = row.name.padding(toLength: nameWidth, withPad: " ", startingAt: 0)
      let kind = row.kind.padding(toLength: 8, withPad: " ", startingAt: 0)
      let what =
        row.problem.map { "cannot be used: \($0)" }
        ?? "width \(row.width ?? 0), \(row.size ?? 0)×\(row.size ?? 0), \(formattedBytes(row.bytes))"
      printLine("\(name)  \(kind)  \(what)\(row.isDefault ? "  (default)" : "")")
    }
  }
}
