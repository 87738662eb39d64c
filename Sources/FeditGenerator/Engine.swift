import FeditKernels
import FeditText

/// What computes the network's sums, and training's.
public enum Engine: String, Sendable, CaseIterable {
  /// fedit's own kernels, for AVX2 with FMA and AVX-512 (x86-64-v3): the same bits on every such processor.
  case native
  /// OpenBLAS's matrix products on gathered pixels, for any processor. The same bits for the same command with the same
  /// OpenBLAS on the same kind of processor; beside the native engine's they differ by rounding.
  case openBLAS = "openblas"

  /// What runs where nothing is chosen: the native kernels where the processor has what they need.
  public static var standard: Engine { fk_is_supported() != 0 ? .native : .openBLAS }

  /// What this process works with.
  public static var current: Engine { Engine(fk_best_isa()) }

  /// Chooses what this process works with from now on.
  ///
  /// - Throws: ``GeneratorError`` where the processor lacks AVX2 and FMA, or OpenBLAS cannot be loaded.
  public func use() throws(GeneratorError) {
    let isa: Int32 =
      switch self {
      case .native where Engine.current == .native: fk_best_isa()
      case .native: fk_has_isa(Self.avx512) != 0 ? Self.avx512 : Int32(FK_AVX2.rawValue)
      case .openBLAS: Self.openBLASKernels
      }
    try Self.check(isa)
    fk_use_isa(isa)
  }

  /// The engine's name, and which kernels of it run here.
  public var kernels: String {
    switch self {
    case .native: "native (\(fk_best_isa() == Self.avx512 ? "AVX-512" : "AVX2"))"
    case .openBLAS: "OpenBLAS \(Self.openBLASVersion)"
    }
  }

  /// OpenBLAS's version and the processor that its kernels are for, such as `0.3.21 Haswell`; empty without it.
  public static var openBLASVersion: String { String(cString: fk_openblas_version()) }

  static let openBLASKernels = Int32(FK_OPENBLAS.rawValue)
  private static let avx512 = Int32(FK_AVX512.rawValue)

  init(_ isa: Int32) { self = isa == Self.openBLASKernels ? .openBLAS : .native }

  /// Refuses kernels that cannot run here.
  static func check(_ isa: Int32) throws(GeneratorError) {
    guard isa == openBLASKernels else {
      if fk_has_isa(isa) == 0 { throw .unsupportedProcessor }
      return
    }
    if let problem = fk_openblas_problem() { throw .noOpenBLAS(String(cString: problem)) }
  }
}
