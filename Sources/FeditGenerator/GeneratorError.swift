import FeditText

/// What can be wrong with a network's weights or inputs.
public enum GeneratorError: Error, Sendable, Equatable {
  /// The weights have no tensor of this name.
  case missingTensor(String, family: Architecture.Family = .scFEGAN)
  /// A tensor's shape is not what the architecture says.
  case wrongShape(tensor: String, found: [Int], expected: [Int])
  /// A metadata entry has a value this version does not know.
  case wrongMetadata(key: String, value: String, expected: String)
  /// A tensor holds a NaN or an infinity.
  case notFinite(tensor: String)
  /// The side is not a positive multiple of what the network needs, or larger than 8192.
  case wrongSize(Int, multiple: Int)
  /// An input's number of values does not fit the size.
  case wrongInput(name: String, count: Int, expected: Int)
  /// The processor lacks AVX2 and FMA (x86-64-v3).
  case unsupportedProcessor
  /// OpenBLAS cannot be loaded; what the system says.
  case noOpenBLAS(String)
  /// There was not enough memory for so many bytes.
  case outOfMemory(bytes: Int)
  /// The run was stopped by its control.
  case cancelled

  /// What is wrong, in a sentence.
  public var description: String {
    switch self {
    case .missingTensor(let name, .scFEGAN):
      "tensor '\(name)' is missing; an SC-FEGAN generator has 93 tensors named generator/…"
    case .missingTensor(let name, let family):
      "tensor '\(name)' is missing; a \(family.rawValue) generator has "
        + "\(Architecture(family, width: 1).tensorShapes.count) tensors named generator/…"
    case .wrongShape(let tensor, let found, let expected):
      "tensor '\(tensor)' has shape \(found), expected \(expected)"
    case .wrongMetadata(let key, let value, let expected):
      "metadata '\(key)' is '\(terminalSafe(value, limit: 80))', expected \(expected)"
    case .notFinite(let tensor):
      "tensor '\(tensor)' holds a value that is not a finite number"
    case .wrongSize(let size, let multiple):
      "the generator's side is \(size); it has to be a multiple of \(multiple), from \(multiple) to 8192"
    case .wrongInput(let name, let count, let expected):
      "input '\(name)' has \(count) values, expected \(expected)"
    case .unsupportedProcessor:
      "this processor lacks AVX2 or FMA, which the native engine needs (x86-64-v3)"
    case .noOpenBLAS(let reason):
      "OpenBLAS cannot be loaded (\(terminalSafe(reason, limit: 200)))"
    case .outOfMemory(let bytes):
      "not enough memory for \(bytes) bytes"
    case .cancelled:
      "cancelled"
    }
  }
}
