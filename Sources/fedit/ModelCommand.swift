import ArgumentParser
import FeditGenerator
import FeditPlan
import FeditText
import FeditWeights
import Foundation

/// `fedit model …`: the generator's weight files.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "List, inspect, convert and keep models.",
    discussion: """
      A model is a generator's weight file (safetensors). Where a command or a script takes one, a
      text with a '/' or ending in '.safetensors' is a file; any other is the name of a built-in
      model or of one in the model store. Scripts also take a ranking of experts, which 'fedit model rank' makes.
      """.reflowed,
    subcommands: [
      ModelList.self, ModelInfo.self, ModelAdd.self, ModelRemove.self, ModelImport.self, ModelExport.self,
      ModelApply.self, ModelBench.self, ModelRank.self,
    ])
}

/// A model that a command was given, opened and checked.
struct OpenedModel {
  var reference: ModelReference
  var weights: SafetensorsFile
  var model: GeneratorModel

  /// Opens NAME or FILE, which is relative to the current folder.
  init(_ text: String) throws {
    guard !ExpertRanking.isFile(text) else {
      throw CommandFailure(
        .usage, "'\(text)' is named like a ranking of experts, and this takes one network",
        hints: ["scripts and 'fedit run --model' take rankings"])
    }
    reference = try ModelReference.resolve(text)
    weights = try reference.open()
    do {
      model = try GeneratorModel(weights: weights)
    } catch let error as GeneratorError {
      throw CommandFailure(error, file: weights.name)
    }
  }
}

extension CommandFailure {
  /// What is wrong with a network; `file` is the weight file that was used.
  init(_ error: GeneratorError, file: String) {
    self.init(
      error.exitStatus, error.exitStatus == .data ? "'\(file)': \(error)" : error.description)
  }
}

/// Bytes for people: `11.7 MB`.
func formattedBytes(_ count: Int) -> String {
  switch count {
  case ..<1000: "\(count) bytes"
  case ..<1_000_000: String(format: "%.1f kB", Double(count) / 1e3)
  case ..<1_000_000_000: String(format: "%.1f MB", Double(count) / 1e6)
  default: String(format: "%.2f GB", Double(count) / 1e9)
  }
}
