import ArgumentParser

@main
struct Fedit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fedit", abstract: "Face editing as text.", version: "0.1.0")
}
