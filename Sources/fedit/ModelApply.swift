import ArgumentParser
import FeditGenerator
import FeditWeights
import Foundation

/// `fedit model apply NAME|FILE IN.safetensors -o OUT.safetensors`
struct ModelApply: ParsableCommand, ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Run the bare network on tensors.",
    discussion: """
      The input holds 'image', 'sketch', 'color', 'mask' and 'noise' (NHWC, batch 1, in the model's own
      channel order, the image not yet erased), used exactly as they are. A gated-unet also reads
      'color_set' (0 or 1, [1, N, N, 1]), and 'octave' (a single 0 or 1) where the file has it; a
      gated-unet-deep 'mirror' and 'mirror_set' (0 or 1), what lies opposite in the face, where the file has them.
      The output holds 'generated' (after tanh) and 'output' (composited with the mask).
      """.reflowed)

  @Argument(help: ArgumentHelp("A model's name, or its weight file.", valueName: "NAME|FILE"))
  var model: String

  @Argument(help: ArgumentHelp("The input tensors.", valueName: "IN.safetensors"))
  var input: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "OUT.safetensors"))
  var output: String

  @OptionGroup var compute: ComputeFlags

  func run() throws {
    let opened = try OpenedModel(model)
    let file = try SafetensorsFile(path: input)
    let side = file.shape(of: "image")?.dropFirst().first ?? 0
    let architecture = opened.model.architecture
    guard architecture.accepts(size: side) else {
      throw WeightError(
        file: input, tensor: "image",
        file.shape(of: "image").map { "has shape \($0)" } ?? "the file has no such tensor",
        hints: ["it should be [1, N, N, 3], N a multiple of \(architecture.sizeMultiple)"])
    }
    func layer(_ name: String, _ channels: Int) throws -> [Float] {
      let expected = [1, side, side, channels]
      guard let shape = file.shape(of: name) else {
        throw WeightError(file: input, tensor: name, "the file has no such tensor")
      }
      guard shape == expected else {
        throw WeightError(file: input, tensor: name, "has shape \(shape), expected \(expected)")
      }
      return try file.floats(named: name)
    }
    let inputs = GeneratorInputs(
      size: side, image: try layer("image", 3), sketch: try layer("sketch", 1),
      color: try layer("color", 3),
      colorSet: architecture.seesColorSet
        ? try layer("color_set", 1) : [Float](repeating: 0, count: side * side),
      mask: try layer("mask", 1), noise: try layer("noise", 1), octave: try isOctave(file),
      mirror: architecture.seesMirror && file.shape(of: "mirror") != nil
        ? (try layer("mirror", 3), try layer("mirror_set", 1)) : nil)
    let generated: [Float]
    do {
      let generator = try Generator(model: opened.model, threads: compute.count)
      generated = try generator.generate(inputs)
    } catch let error as GeneratorError {
      throw CommandFailure(error, file: opened.weights.name)
    }
    let composited = generated.indices.map { i in
      let mask = inputs.mask[i / 3]
      return generated[i] * mask + inputs.image[i] * (1 - mask)
    }
    let shape = [1, side, side, 3]
    try SafetensorsWriter.write(
      [.init(name: "generated", shape: shape, generated), .init(name: "output", shape: shape, composited)],
      to: output)
    printLine("wrote \(output)")
  }

  /// Whether the file's 'octave', a single number, says that the colours are an enlarged fill.
  private func isOctave(_ file: SafetensorsFile) throws -> Bool {
    guard let shape = file.shape(of: "octave") else { return false }
    guard shape.allSatisfy({ $0 == 1 }), let value = try file.floats(named: "octave").first,
      value == 0 || value == 1
    else {
      throw WeightError(file: input, tensor: "octave", "has shape \(shape), expected one number, 0 or 1")
    }
    return value == 1
  }
}
