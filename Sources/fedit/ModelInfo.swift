import ArgumentParser
import FeditGenerator
import FeditText
import FeditWeights
import Foundation

/// `fedit model info NAME|FILE`
struct ModelInfo: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Show what a model is: its size, licence, training and hash.")

  @Argument(help: ArgumentHelp("A model's name, or its weight file.", valueName: "NAME|FILE"))
  var model: String

  @Flag(help: "Print JSON.")
  var json = false

  private struct Card: Encodable {
    var name: String
    var kind: String
    var width: Int
    var size: Int
    var channelOrder: String
    var tensors: Int
    var parameters: Int
    var types: [String]
    var bytes: Int
    var sha256: String
    var gflop: Double
    var metadata: [String: String]

    enum CodingKeys: String, CodingKey {
      case name, kind, width, size, tensors, parameters, types, bytes, sha256, gflop, metadata
      case channelOrder = "channel_order"
    }
  }

  func run() throws {
    let opened = try OpenedModel(model)
    let weights = opened.weights
    let kind =
      switch opened.reference {
      case .builtIn: "built-in"
      case .stored: "stored"
      case .file: "file"
      }
    let size = opened.model.size
    let operations = opened.model.architecture.floatingPointOperations(size: size)
    let card = Card(
      name: model, kind: kind, width: opened.model.width, size: size,
      channelOrder: opened.model.channelOrder.rawValue, tensors: weights.tensors.count,
      parameters: weights.tensors.reduce(0) { $0 + $1.count },
      types: Set(weights.tensors.map(\.type.rawValue)).sorted(), bytes: weights.byteCount,
      sha256: weights.sha256(), gflop: (operations / 1e7).rounded() / 100, metadata: weights.metadata)
    if json {
      try printJSON(card, .prettyPrinted)
      return
    }
    let millions = String(format: "%.1f", Double(card.parameters) / 1e6)
    var lines: [(String, String)] = [
      ("model", "\(card.name) (\(kind))"),
      (
        "network",
        "\(opened.model.architecture.family.rawValue), width \(card.width)"
          + (opened.model.architecture.seesMirror ? ", sees the face's other half" : "")
      ),
      ("size", "\(size)×\(size)"),
      ("channels", card.channelOrder),
      (
        "weights",
        "\(millions) million in \(card.tensors) tensors, \(card.types.joined(separator: " and ")), "
          + formattedBytes(card.bytes)
      ),
      ("work", "\(card.gflop) GFLOP for a whole frame"),
      ("sha256", card.sha256),
    ]
    for (key, value) in weights.metadata.sorted(by: { $0.key < $1.key })
    where !["architecture", "width", "size", "channel_order"].contains(key) {
      lines.append((key, value))
    }
    for (key, value) in lines {
      // A value may have several lines: a licence, say.
      let title = "\(terminalSafe(key)):".padding(
        toLength: max(10, key.count + 2), withPad: " ", startingAt: 0)
      let parts = value.split(separator: "\n", omittingEmptySubsequences: false)
      printLine(title + (parts.first ?? ""))
      for part in parts.dropFirst() { printLine(String(part)) }
    }
  }
}
