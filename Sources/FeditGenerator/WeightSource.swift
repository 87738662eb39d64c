/// Where a network's weights come from: a weight file, or tensors in memory.
public protocol WeightSource: Sendable {
  /// The file's own description: architecture, width, size, channel order, licence, training.
  var metadata: [String: String] { get }
  /// The names of all tensors, in no particular order.
  var names: [String] { get }
  /// A tensor's shape, or nil if there is no tensor of that name.
  func shape(of name: String) -> [Int]?
  /// A tensor's values as float32, row-major.
  ///
  /// - Throws: Whatever the source throws when it has no such tensor or can't read it.
  func floats(named name: String) throws -> [Float]
}

/// Weights held in memory, such as those of a training run or random ones for a benchmark.
public struct InMemoryWeights: WeightSource {
  /// One tensor: its shape and its values, row-major.
  public struct Tensor: Sendable {
    /// Dimensions, the slowest first.
    public var shape: [Int]
    /// As many as the shape says.
    public var values: [Float]
    /// Makes a tensor; `values` holds as many numbers as the shape says.
    public init(shape: [Int], values: [Float]) {
      self.shape = shape
      self.values = values
    }
  }
  /// What a weight file would say of itself.
  public var metadata: [String: String]
  /// The tensors by their published names.
  public var tensors: [String: Tensor]

  /// Makes a source of tensors under their published names.
  public init(tensors: [String: Tensor], metadata: [String: String]) {
    self.tensors = tensors
    self.metadata = metadata
  }
  /// The tensors' names, in no order.
  public var names: [String] { Array(tensors.keys) }
  /// A tensor's dimensions; nil where there is none of the name.
  public func shape(of name: String) -> [Int]? { tensors[name]?.shape }
  /// A tensor's values, row-major.
  ///
  /// - Throws: `GeneratorError.missingTensor` where there is none of the name.
  public func floats(named name: String) throws -> [Float] {
    guard let tensor = tensors[name] else { throw GeneratorError.missingTensor(name) }
    return tensor.values
  }
}
