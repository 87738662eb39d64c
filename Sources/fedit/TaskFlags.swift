import ArgumentParser
import FeditGenerator

/// The tasks that models are measured by.
struct TaskFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Side of the tasks, a multiple of 128 (default: the first model's).", valueName: "N"))
  var size: Int?

  @Option(help: ArgumentHelp("Seed of masks and strokes.", valueName: "S"))
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp("VGG-16 weights for the feature distance.", valueName: "FILE.safetensors"),
    completion: .file(extensions: ["safetensors"]))
  var vgg16: String?

  @OptionGroup var compute: ComputeFlags

  func validate() throws {
    if let size, !GeneratorModel.isValid(size: size) {
      throw ValidationError("--size takes a multiple of 128, up to 8192")
    }
  }
}
