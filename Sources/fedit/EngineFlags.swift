import ArgumentParser
import FeditGenerator

extension Engine: ExpressibleByArgument {}

/// What computes the network.
struct EngineFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The engine: native (AVX2 and FMA) or openblas (any processor; other last bits).", valueName: "ENGINE"))
  var engine: Engine?

  /// Makes the whole process use the engine that is wanted, or the standard one.
  ///
  /// - Throws: `GeneratorError` where it cannot run here.
  func select() throws { try (engine ?? .current).use() }
}

/// A command that runs the generator or trains one: its engine is chosen before it runs.
protocol EngineCommand {
  var engineFlags: EngineFlags { get }
}
