import ArgumentParser
import FeditGenerator
import FeditWeights

/// `fedit model add NAME FILE`
struct ModelAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Copy a weight file into the model store under a name.",
    discussion: """
      Scripts then say: model "NAME". The store is $XDG_DATA_HOME/fedit/models, or
      ~/.local/share/fedit/models if that variable is not set.
      """.reflowed)

  @Argument(help: ArgumentHelp("The name: letters, digits, '.', '_' and '-'.", valueName: "NAME"))
  var name: String

  @Argument(help: ArgumentHelp("A safetensors weight file.", valueName: "FILE"))
  var file: String

  @Option(help: ArgumentHelp("Refuse the file unless its SHA-256 is this.", valueName: "H"))
  var sha256: String?

  func validate() throws {
    if let sha256, sha256.wholeMatch(of: /[0-9a-fA-F]{64}/) == nil {
      throw ValidationError("--sha256 takes 64 hexadecimal digits")
    }
  }

  func run() throws {
    let weights = try SafetensorsFile(path: file)
    let model: GeneratorModel
    do {
      model = try GeneratorModel(weights: weights)
    } catch let error as GeneratorError {
      throw CommandFailure(error, file: file)
    }
    let digest = try ModelStore.standard().add(name, file: weights, sha256: sha256)
    printLine(
      "added \(name): width \(model.width), \(model.size)×\(model.size), \(formattedBytes(weights.byteCount))"
    )
    printLine("sha256 \(digest)")
  }
}
