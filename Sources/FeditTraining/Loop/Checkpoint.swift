import FeditNN
import FeditText
import FeditWeights

/// How far a run has come.
struct RunPosition: Sendable, Equatable {
  /// Steps, pictures and seconds of work of the whole run.
  var step = 0
  var pictures = 0
  var seconds = 0.0
  /// The stage that is being trained, and what was done of it.
  var stage = 0
  var stageStep = 0
  var stageSeconds = 0.0
  /// The step of the last report.
  var reported = 0
}

/// A training run's state as a file: everything a later process needs to go on as if never stopped.
struct Checkpoint {
  static let format = "fedit-checkpoint"
  /// A tensor of bytes: a header has no room for the lines of a long run.
  private static let metricsName = "metrics"

  var position = RunPosition()
  /// The configuration as text.
  var configuration = ""
  /// Sums of losses since the last line of metrics.csv, as their bit patterns.
  var sums: [Double] = []
  /// The lines of metrics.csv.
  var metrics = ""
  /// The optimiser's steps of each network.
  var optimizerSteps: [String: Int] = [:]
  /// Flat tensors by name.
  var tensors: [(name: String, values: [Float])] = []

  /// Adds a network's values, moments and average.
  mutating func add(_ name: String, _ parameters: Parameters) {
    optimizerSteps[name] = parameters.steps
    for (part, buffer) in Self.parts(parameters) {
      tensors.append(
        ("\(name).\(part)", Array(UnsafeBufferPointer(start: buffer.start, count: parameters.count))))
    }
  }

  /// Takes a network's values, moments and average back.
  ///
  /// - Returns: Whether the file has that network.
  func restore(_ name: String, _ parameters: Parameters, file: String) throws -> Bool {
    guard tensors.contains(where: { $0.name == "\(name).values" }) else { return false }
    for (part, buffer) in Self.parts(parameters) {
      guard let tensor = tensors.first(where: { $0.name == "\(name).\(part)" }),
        tensor.values.count == parameters.count
      else {
        throw UserError(
          .data, "'\(file)' does not fit: its \(name) is not of the width the run has",
          hints: ["resume with the options that the run began with"])
      }
      tensor.values.withUnsafeBufferPointer { values in
        if let base = values.baseAddress { buffer.start.update(from: base, count: parameters.count) }
      }
    }
    parameters.steps = optimizerSteps[name] ?? 0
    return true
  }

  private static func parts(_ parameters: Parameters) -> [(String, FloatBuffer)] {
    [("values", parameters.values), ("mean", parameters.mean), ("variance", parameters.variance)]
      + (parameters.average.map { [("average", $0)] } ?? [])
  }

  /// Replaces the file, or leaves what was there before.
  func write(to path: String) throws {
    var metadata = [
      "format": Self.format, "version": "1", "step": String(position.step),
      "seconds": String(position.seconds.bitPattern, radix: 16), "configuration": configuration,
      "pictures": String(position.pictures), "stage": String(position.stage),
      "stage-step": String(position.stageStep), "reported": String(position.reported),
      "stage-seconds": String(position.stageSeconds.bitPattern, radix: 16),
      "sums": sums.map { String($0.bitPattern, radix: 16) }.joined(separator: " "),
    ]
    for (name, steps) in optimizerSteps { metadata["\(name).steps"] = String(steps) }
    let lines = Array(metrics.utf8)
    try SafetensorsWriter.write(
      tensors.map { SafetensorsWriter.Tensor(name: $0.name, shape: [$0.values.count], $0.values) }
        + [
          SafetensorsWriter.Tensor(name: Self.metricsName, shape: [lines.count], type: .uint8, bytes: lines)
        ],
      metadata: metadata, to: path)
  }

  /// Reads a checkpoint.
  ///
  /// - Throws: `WeightError` or `UserError` if the file is no checkpoint.
  static func read(_ path: String) throws -> Checkpoint {
    let file = try SafetensorsFile(path: path)
    guard file.metadata["format"] == format, let version = file.metadata["version"] else {
      throw UserError(.data, "'\(path)' is not a checkpoint")
    }
    guard version == "1" else {
      throw UserError(
        .data, "'\(path)' is a checkpoint of version \(version); this program reads version 1")
    }
    func double(_ text: String) -> Double? { UInt64(text, radix: 16).map(Double.init(bitPattern:)) }
    guard let step = file.metadata["step"].flatMap({ Int($0) }), step >= 0,
      let seconds = file.metadata["seconds"].flatMap(double), seconds >= 0,
      let configuration = file.metadata["configuration"]
    else {
      throw UserError(.data, "'\(path)' is a checkpoint with parts missing")
    }
    var checkpoint = Checkpoint()
    checkpoint.position = RunPosition(step: step, seconds: seconds)
    // A run without stages was written without these by earlier versions.
    func count(_ name: String) -> Int? { file.metadata[name].flatMap { Int($0) } }
    checkpoint.position.pictures = count("pictures") ?? -1
    checkpoint.position.stage = count("stage") ?? 0
    checkpoint.position.stageStep = count("stage-step") ?? step
    checkpoint.position.stageSeconds = file.metadata["stage-seconds"].flatMap(double) ?? seconds
    checkpoint.position.reported = count("reported") ?? -1
    checkpoint.configuration = configuration
    checkpoint.sums = (file.metadata["sums"] ?? "").split(separator: " ").compactMap { double(String($0)) }
    if file.tensor(metricsName) != nil {
      checkpoint.metrics = try file.withBytes(of: metricsName) { String(decoding: $0, as: UTF8.self) }
    }
    for (key, value) in file.metadata where key.hasSuffix(".steps") {
      checkpoint.optimizerSteps[String(key.dropLast(6))] = Int(value)
    }
    checkpoint.tensors = try file.names.filter { $0 != metricsName }.map { ($0, try file.floats(named: $0)) }
    return checkpoint
  }
}
