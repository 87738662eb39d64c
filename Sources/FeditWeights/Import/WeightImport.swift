/// Brings a network's weights from another format into ours.
///
/// The tensors wanted are found by their published names, with or without a scope before them and
/// whatever a framework puts behind them. What else a file holds, such as an optimiser's slots, is
/// left out and told.
public struct WeightImport {
  /// The formats that are read.
  public enum Format: String, Sendable, CaseIterable {
    /// A TensorFlow V2 checkpoint.
    case tensorFlow = "tf"
    case safetensors
    /// NumPy's zip file of arrays.
    case npz
  }

  /// The names and shapes of a network's tensors for a width.
  public struct Layout: Sendable {
    /// Without which the weights are refused.
    public var required: [(name: String, shape: [Int])]
    /// Taken along where they are there.
    public var optional: [(name: String, shape: [Int])]

    /// The tensors of a network.
    public init(required: [(name: String, shape: [Int])], optional: [(name: String, shape: [Int])] = []) {
      self.required = required
      self.optional = optional
    }
  }

  /// What was found, for the command to tell.
  public struct Report: Hashable, Sendable {
    /// Channels of the first layer.
    public var width = 0
    /// How many tensors are taken.
    public var tensorCount = 0
    /// How many numbers they hold.
    public var parameterCount = 0
    /// Names of optimiser slots and step counters that were left out.
    public var optimizerSlots: [String] = []
    /// Names of everything else that was left out.
    public var ignored: [String] = []
    /// What the names have before the published ones, such as `model/`; what they lack is empty.
    public var scope = ""
  }

  /// The most parameters that a network may have; a file can claim far more than it holds.
  public static let parameterLimit = 1 << 30

  /// What was found.
  public let report: Report
  /// What the source file says of itself (safetensors only).
  public let sourceMetadata: [String: String]
  private let archive: any TensorArchive
  private let chosen: [(name: String, tensor: ArchivedTensor)]

  /// Opens a source, finds the tensors, and verifies checksums and values.
  ///
  /// - Parameters:
  ///   - path: the file; for a checkpoint its prefix, one of its files, or the folder it lies in.
  ///   - format: how to read it; nil takes the file name's ending.
  ///   - widths: the widths that are accepted.
  ///   - layout: the tensors for a width.
  /// - Throws: `WeightError` that names the file and the tensor; where tensors are missing or have
  ///   another shape it lists all of them.
  public init(
    path: String, format: Format? = nil, widths: ClosedRange<Int> = 1...1024,
    layout: (_ width: Int) -> Layout
  ) throws(WeightError) {
    switch format ?? Self.format(of: path) {
    case .tensorFlow:
      archive = try TensorFlowCheckpoint(path: path)
      sourceMetadata = [:]
    case .npz:
      archive = try NumPyArchive(path: path)
      sourceMetadata = [:]
    case .safetensors:
      let file = try SafetensorsFile(path: path)
      archive = SafetensorsArchive(file: file)
      sourceMetadata = file.metadata
    }
    var byName: [String: ArchivedTensor] = [:]
    for tensor in archive.tensors {
      let name = Self.plainName(tensor.name)
      guard byName.updateValue(tensor, forKey: name) == nil else {
        throw WeightError(file: path, tensor: tensor.name, "the file has it twice")
      }
    }
    let scope = try Self.scope(byName, layout(widths.lowerBound), file: path)
    let (width, wanted) = Self.width(byName, scope: scope, widths: widths, layout: layout)
    chosen = try Self.choose(byName, scope: scope, wanted, file: path)

    let claimed = chosen.reduce(0) { $0 + $1.tensor.shape.reduce(1, *) }
    guard claimed <= Self.parameterLimit else {
      throw WeightError(
        file: path, "has \(claimed) parameters, more than the limit of \(Self.parameterLimit)")
    }
    for tensor in archive.tensors { try archive.verify(tensor) }
    var parameters = 0
    for (name, tensor) in chosen {
      let values = try archive.floats(tensor)
      guard values.allSatisfy(\.isFinite) else {
        throw WeightError(file: path, tensor: name, "it has values that are not finite numbers")
      }
      parameters += values.count
    }
    let taken = Set(chosen.map(\.tensor.name))
    let rest = archive.tensors.map(\.name).filter { !taken.contains($0) }
    let slots = rest.filter { Self.isOptimizerSlot($0, of: taken) }
    report = Report(
      width: width, tensorCount: chosen.count, parameterCount: parameters, optimizerSlots: slots,
      ignored: rest.filter { !slots.contains($0) }, scope: scope)
  }

  /// Writes what was found under the published names.
  ///
  /// - Parameters:
  ///   - path: the safetensors file.
  ///   - metadata: its description.
  ///   - type: float32, float16 or bfloat16.
  /// - Throws: `WeightError`; nothing is written then.
  public func write(
    to path: String, metadata: [String: String], type: ElementType = .float32
  ) throws(WeightError) {
    let tensors = chosen.map { name, tensor in
      SafetensorsWriter.Tensor(name: name, shape: tensor.shape, type: type) {
        () throws(WeightError) in try archive.floats(tensor)
      }
    }
    try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
  }

  /// The format that a file's name tells; whatever is neither is taken for a checkpoint.
  public static func format(of path: String) -> Format {
    if path.lowercased().hasSuffix(".safetensors") { return .safetensors }
    if path.lowercased().hasSuffix(".npz") { return .npz }
    return .tensorFlow
  }

  /// A name without what TensorFlow appends: `:0` in graphs, a path in object-based checkpoints.
  private static func plainName(_ name: String) -> String {
    for suffix in [":0", "/.ATTRIBUTES/VARIABLE_VALUE"] where name.hasSuffix(suffix) {
      return String(name.dropLast(suffix.count))
    }
    return name
  }

  /// What stands before `generator/…` or, where the file leaves that out, before the layers' names:
  /// the scope under which most of the wanted tensors are found.
  private static func scope(
    _ tensors: [String: ArchivedTensor], _ layout: Layout, file: String
  ) throws(WeightError) -> String {
    let wanted = layout.required.map { unscoped($0.name) }
    let lastParts = Set(wanted.compactMap { $0.split(separator: "/").first.map(String.init) })
    var candidates: Set<String> = []
    for name in tensors.keys {
      // The layer's name is one of the parts; everything before it is the scope.
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      guard let layer = parts.firstIndex(where: { lastParts.contains(String($0)) }), layer < 16 else {
        continue
      }
      candidates.insert(parts[..<layer].map { $0 + "/" }.joined())
    }
    let counted = candidates.map { scope in
      (scope: scope, count: wanted.count { tensors[scope + $0] != nil })
    }.sorted { ($1.count, $0.scope) < ($0.count, $1.scope) }
    guard let best = counted.first, best.count > 0 else {
      let some = tensors.keys.sorted().prefix(3).map { "'\(shortName($0))'" }.joined(separator: ", ")
      throw WeightError(
        file: file, "has none of the network's tensors (such as '\(layout.required.first?.name ?? "")')",
        hints: [
          tensors.isEmpty ? "it has no tensors at all" : "it has \(tensors.count) others, such as \(some)"
        ])
    }
    if counted.count > 1, counted[1].count == best.count {
      throw WeightError(
        file: file,
        "has the network twice, below '\(shortName(best.scope))' and '\(shortName(counted[1].scope))'")
    }
    return best.scope
  }

  /// A published name without its scope `generator/`.
  private static func unscoped(_ name: String) -> String {
    name.hasPrefix("generator/") ? String(name.dropFirst("generator/".count)) : name
  }

  /// The width for which most shapes are right.
  private static func width(
    _ tensors: [String: ArchivedTensor], scope: String, widths: ClosedRange<Int>,
    layout: (Int) -> Layout
  ) -> (width: Int, layout: Layout) {
    // The first layer's outputs are as many as the width; where that one is missing or wrong,
    // one of the others tells.
    let sides = Set(
      layout(widths.lowerBound).required.flatMap { tensors[scope + unscoped($0.name)]?.shape ?? [] })
    var best = (width: widths.lowerBound, layout: layout(widths.lowerBound), count: -1)
    for width in sides.sorted() where widths.contains(width) {
      let candidate = layout(width)
      let count = candidate.required.count { tensors[scope + unscoped($0.name)]?.shape == $0.shape }
      if count > best.count { best = (width, candidate, count) }
    }
    return (best.width, best.layout)
  }

  /// The tensors for the names of a layout.
  private static func choose(
    _ tensors: [String: ArchivedTensor], scope: String, _ layout: Layout, file: String
  ) throws(WeightError) -> [(name: String, tensor: ArchivedTensor)] {
    var chosen: [(name: String, tensor: ArchivedTensor)] = []
    var faults: [(name: String, problem: String)] = []
    for (entries, isRequired) in [(layout.required, true), (layout.optional, false)] {
      for (name, shape) in entries {
        guard let tensor = tensors[scope + unscoped(name)] else {
          if isRequired { faults.append((name, "missing; its shape should be \(shape)")) }
          continue
        }
        if tensor.shape != shape {
          faults.append((name, "has shape \(tensor.shape), expected \(shape)"))
        } else if tensor.type?.isWeight != true {
          faults.append((name, "has type \(shortName(tensor.typeName)); F32, F16 and BF16 are read"))
        } else {
          chosen.append((name, tensor))
        }
      }
    }
    guard let first = faults.first else { return chosen }
    if faults.count == 1 { throw WeightError(file: file, tensor: first.name, first.problem) }
    let list = faults.map { "\n  \($0.name): \($0.problem)" }.joined()
    throw WeightError(
      file: file,
      "\(faults.count) of the network's \(layout.required.count + layout.optional.count) tensors "
        + "are missing or do not fit:\(list)",
      hints: ["the weights of another network cannot be imported"])
  }

  /// Whether a name is an optimiser's: a wanted tensor's with something appended, or a known counter.
  private static func isOptimizerSlot(_ name: String, of taken: Set<String>) -> Bool {
    let plain = plainName(name)
    let last = plain.split(separator: "/").last.map(String.init) ?? plain
    if ["beta1_power", "beta2_power", "global_step", "iter", "learning_rate", "decay"].contains(last)
      || last.hasPrefix("beta1_power_") || last.hasPrefix("beta2_power_")
      || plain.contains("/.OPTIMIZER_SLOT/")
    {
      return true
    }
    let slots = ["Adam", "RMSProp", "Momentum", "Adagrad", "Adadelta", "Ftrl", "ExponentialMovingAverage"]
    if slots.contains(where: { last == $0 || last.hasPrefix($0 + "_") }) { return true }
    return taken.contains { plain.hasPrefix($0 + "/") }
  }
}

/// A safetensors file as a source of weights.
private struct SafetensorsArchive: TensorArchive {
  let file: SafetensorsFile
  let tensors: [ArchivedTensor]

  init(file: SafetensorsFile) {
    self.file = file
    tensors = file.tensors.enumerated().map { index, tensor in
      ArchivedTensor(
        name: tensor.name, shape: tensor.shape, type: tensor.type, typeName: tensor.type.rawValue,
        index: index)
    }
  }

  func verify(_ tensor: ArchivedTensor) {}

  func floats(_ tensor: ArchivedTensor) throws(WeightError) -> [Float] {
    try file.floats(named: tensor.name)
  }
}
