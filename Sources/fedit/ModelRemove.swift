import ArgumentParser
import FeditWeights

/// `fedit model remove NAME`
struct ModelRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Delete a model from the model store.")

  @Argument(help: ArgumentHelp("The model's name.", valueName: "NAME"))
  var name: String

  func run() throws {
    try ModelStore.standard().remove(name)
    printLine("removed \(name)")
  }
}
