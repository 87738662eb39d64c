import ArgumentParser
import FeditGenerator
import FeditWeights
import Foundation

/// `fedit model import CKPT -o OUT.safetensors`
struct ModelImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Convert published weights: a TensorFlow checkpoint, npz or safetensors.",
    discussion: """
      Checksums are verified. Names may stand below any scope; what the generator
      does not need, such as an optimiser's slots, is left out and listed.
      """.reflowed)

  @Argument(
    help: ArgumentHelp(
      "A checkpoint (the part before .index, or one of its files), .npz or .safetensors.", valueName: "CKPT"))
  var source: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The weight file to write.", valueName: "OUT.safetensors"))
  var output: String

  @Option(help: ArgumentHelp("The side the network was trained at.", valueName: "N"))
  var size: Int?

  @Flag(help: "Write float16, half the size.")
  var half = false

  @Option(
    help: ArgumentHelp(
      "The source's format: tf, safetensors or npz (default: by its name).", valueName: "FORMAT"))
  var from: WeightImport.Format?

  func validate() throws {
    if let size, !GeneratorModel.isValid(size: size) {
      throw ValidationError("--size takes a multiple of 128, from 128 to 8192")
    }
  }

  func run() throws {
    let found = try WeightImport(path: source, format: from) { Architecture(width: $0).importLayout }
    let report = found.report
    try refuseToOverwriteTheSource()
    // The name alone: a path would tell about the machine.
    let name = URL(fileURLWithPath: source).lastPathComponent
    let known = found.sourceMetadata
    let side = size.map(String.init) ?? known["size"] ?? "512"
    let metadata = [
      "architecture": Architecture.Family.scFEGAN.rawValue,
      "width": String(report.width),
      "size": side,
      "channel_order": known["channel_order"] ?? "bgr",
      "licence": known["licence"]
        ?? "that of the imported weights; the published SC-FEGAN weights are for non-commercial use only",
      "training": known["training"] ?? "imported from \(name); see where it was published",
    ]
    try found.write(to: output, metadata: metadata, type: half ? .float16 : .float32)

    let millions = String(format: "%.1f", Double(report.parameterCount) / 1e6)
    printLine("\(report.tensorCount) tensors, \(millions) million parameters, width \(report.width)")
    if size == nil, known["size"] == nil {
      printLine("note: taken to be trained at 512×512, as published; --size says otherwise")
    }
    if report.tensorCount > Architecture(width: report.width).tensorShapes.count {
      printLine("note: the upsampling layers' 'biases2' are kept; the published network never uses them")
    }
    tell("optimiser slots", report.optimizerSlots)
    tell("other tensors", report.ignored)
    printLine(
      "wrote \(output): \(half ? "float16" : "float32"), sha256 \(try SafetensorsFile(path: output).sha256())"
    )
  }

  /// Inputs are never overwritten.
  private func refuseToOverwriteTheSource() throws {
    func identity(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
    if identity(source) == identity(output) {
      throw CommandFailure(
        .usage, "'\(output)' is the file to import", hints: ["choose another name for the output"])
    }
  }

  private func tell(_ what: String, _ names: [String]) {
    guard !names.isEmpty else { return }
    let some = names.prefix(4).joined(separator: ", ")
    printLine("left out \(names.count) \(what): \(some)\(names.count > 4 ? ", …" : "")")
  }
}

extension WeightImport.Format: ExpressibleByArgument {}
