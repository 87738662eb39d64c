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

/// What computes, and on how many threads.
struct ComputeFlags: ParsableArguments {
  @OptionGroup private var threadFlags: ThreadFlags
  @OptionGroup var engine: EngineFlags

  /// As many threads as were asked for; nil for all cores.
  var threads: Int? { threadFlags.threads }
  /// As many threads as were asked for, or all cores.
  var count: Int { threadFlags.count }
}

/// A command that runs the generator, on as many threads as its flags say.
protocol ComputingCommand: EngineCommand {
  var compute: ComputeFlags { get }
}

extension ComputingCommand {
  var engineFlags: EngineFlags { compute.engine }
}
