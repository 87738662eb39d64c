import FeditTraining
import Foundation
import Testing

private func page(_ name: String) throws -> [String] {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return try String(contentsOf: root.appendingPathComponent("Docs/\(name)"), encoding: .utf8)
    .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
}

@Suite struct TrainingPageTests {
  @Test("the page on training has each option with its default and what it means")
  func options() throws {
    let lines = try page("training.md")
    for option in TrainingConfiguration.options {
      let line = lines.first { $0.hasPrefix("| `\(option.name)` | ") && $0.split(separator: "|").count == 3 }
      let cells = try #require(line, "no line for \(option.name)").split(separator: "|").map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      #expect(cells[2] == option.help)
      let value = option.get(TrainingConfiguration())
      if let number = Double(value) {
        #expect(Double(cells[1]) == number)
      } else {
        #expect(cells[1] == (value.isEmpty ? "–" : value))
      }
    }
  }

  @Test("the option files on the page are read, and are what is said of them")
  func files() throws {
    let text = try page("training.md").joined(separator: "\n")
    let blocks = text.components(separatedBy: "```ini\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
    #expect(!blocks.isEmpty)
    for block in blocks {
      var configuration = TrainingConfiguration()
      try configuration.read(block, file: "training.md")
      #expect(configuration != TrainingConfiguration())
    }
  }

  @Test("the recipes that come with fedit are read, and lack nothing but the weights of VGG-16")
  func recipes() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.appendingPathComponent("Examples/training")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(".config")
    }
    #expect(names.contains("portrait.config"))
    for name in names {
      var configuration = TrainingConfiguration()
      try configuration.read(
        String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8), file: name)
      configuration.vgg16 = "vgg.safetensors"
      try configuration.validate()
      #expect(configuration.schedule.count > 1)
    }
  }
}
