/// A file (or several) of named tensors that weights can be taken from.
protocol TensorArchive {
  /// What it has, in the order of the names.
  var tensors: [ArchivedTensor] { get }
  /// Compares a tensor's bytes with the checksum stored with it, where there is one and the work is bounded by the
  /// size of the file; what else there is to compare, `floats` does for the tensors that are taken.
  func verify(_ tensor: ArchivedTensor) throws(WeightError)
  /// A tensor's values, row-major.
  func floats(_ tensor: ArchivedTensor) throws(WeightError) -> [Float]
}

/// A tensor in an archive.
struct ArchivedTensor {
  /// As the archive has it.
  var name: String
  var shape: [Int]
  /// nil where the archive's type is not one of weights.
  var type: ElementType?
  /// The type in the archive's own words.
  var typeName: String
  /// Where the archive keeps it; its own business.
  var index: Int
}
