import FeditGenerator
import FeditTensor
import FeditWeights

/// Gradients on tensors from a file, to be compared with another implementation's.
public enum GradientProbe {
  /// Reads weights, `input` (images, side, side, 9) and `gradient` (images, side, side, 3; of the output after
  /// tanh); writes `output` and the gradient of every weight under the weight's name.
  public static func run(_ path: String, output: String, threads: Int) throws {
    let file = try SafetensorsFile(path: path)
    guard let shape = file.shape(of: "input"), shape.count == 4, shape[3] == 9,
      let width = file.shape(of: "generator/gconv1_ds/kernel")?.last
    else {
      throw TrainingError(.data, "\(path) has no tensor 'input' of the shape [images, side, side, 9]")
    }
    let pool = ThreadPool(threads: threads)
    let generator = try TrainableGenerator(width: width, images: shape[0], size: shape[1])
    try generator.load(file)
    let values = try file.floats(named: "input")
    let pixels = shape[0] * shape[1] * shape[2]
    generator.input.values = (0..<pixels * 12).map { $0 % 12 < 9 ? values[$0 / 12 * 9 + $0 % 12] : 0 }
    generator.pack(pool)
    generator.forward(pool)
    var tensors = [
      SafetensorsWriter.Tensor(name: "output", shape: Array(shape[..<3]) + [3], generator.output.values)
    ]
    generator.outputGradient.values = try file.floats(named: "gradient")
    generator.backward(pool)
    for tensor in generator.gradients() {
      tensors.append(SafetensorsWriter.Tensor(name: tensor.name, shape: tensor.shape, tensor.values))
    }
    try SafetensorsWriter.write(tensors, to: output)
  }
}
