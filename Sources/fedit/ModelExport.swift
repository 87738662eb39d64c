import ArgumentParser
import FeditFiles
import FeditGenerator

/// `fedit model export NAME|FILE --onnx OUT.onnx`
struct ModelExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a model for other programs.",
    discussion: """
      --onnx writes an ONNX model (opset 13) with the weights in float32, for frames of any size that the
      network accepts. Its inputs and its output are the tensors of 'fedit model apply': 'image', 'sketch',
      'color', 'mask', 'noise', with a gated-unet also 'color_set' and 'octave' (NHWC, in the model's own
      channel order); 'generated' is the output after tanh.
      """.reflowed)

  @Argument(help: ArgumentHelp("A model's name, or its weight file.", valueName: "NAME|FILE"))
  var model: String

  @Option(
    help: ArgumentHelp("The ONNX file to write.", valueName: "OUT.onnx"),
    completion: .file(extensions: ["onnx"]))
  var onnx: String

  func run() throws {
    let opened = try OpenedModel(model)
    let bytes: [UInt8]
    do {
      bytes = try opened.model.onnx()
    } catch let error as GeneratorError {
      throw CommandFailure(error, file: opened.weights.name)
    }
    try AtomicFile.write(bytes, to: onnx)
    printLine("wrote \(onnx)")
  }
}
