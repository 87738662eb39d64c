import ArgumentParser
import FeditGenerator
import FeditPixels
import FeditWeights
import Foundation

/// `fedit model bench [NAME|FILE|--random-width W]`
struct ModelBench: ParsableCommand, ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Time the bare network.",
    discussion: """
      Weights are prepared before the first timed run, and no activations are kept from run to run. \
      With --reedit the second of two runs is timed whose sketches differ in one 32-pixel stroke. The \
      GFLOP are those of the whole frame, computed directly, whatever is really computed.
      """.reflowed)

  @Argument(
    help: ArgumentHelp(
      "A model's name, or its weight file (default: \(BuiltInModel.defaultName)).", valueName: "NAME|FILE"))
  var model: String?

  @Option(help: ArgumentHelp("Random weights of this width instead of a model.", valueName: "W"))
  var randomWidth: Int?

  @Option(help: "The network of the random weights: sc-fegan (default), gated-unet or gated-unet-deep.")
  var architecture: Architecture.Family?

  @Option(help: ArgumentHelp("The frame's side (default: the model's; 512).", valueName: "N"))
  var size: Int?

  @Option(help: ArgumentHelp("A centred square mask with this share of the frame.", valueName: "F"))
  var maskFraction = 1.0

  @Flag(help: "Time the run after a change of one stroke.")
  var reedit = false

  @Option(help: ArgumentHelp("Number of timed runs, after two untimed ones.", valueName: "R"))
  var runs = 7

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(help: "Print each layer's median time as well (to standard error).")
  var layers = false

  @OptionGroup var compute: ComputeFlags

  func validate() throws {
    guard model == nil || randomWidth == nil else {
      throw ValidationError("give either a model or --random-width, not both")
    }
    if let randomWidth, !(1...512).contains(randomWidth) {
      throw ValidationError("--random-width takes a number from 1 to 512")
    }
    guard architecture == nil || randomWidth != nil else {
      throw ValidationError("--architecture goes with --random-width")
    }
    guard maskFraction > 0, maskFraction <= 1 else {
      throw ValidationError("--mask-fraction takes a number above 0 and up to 1")
    }
    guard (1...100_000).contains(runs) else {
      throw ValidationError("--runs takes a number from 1 to 100000")
    }
  }

  func run() throws {
    let opened: GeneratorModel
    let name: String
    if let randomWidth {
      opened = try GeneratorModel(weights: RandomWeights(architecture ?? .scFEGAN, width: randomWidth))
      name = "random weights"
    } else {
      name = model ?? BuiltInModel.defaultName
      opened = try OpenedModel(name).model
    }
    if let size, !opened.architecture.accepts(size: size) {
      throw ValidationError("--size takes a multiple of \(opened.architecture.sizeMultiple), up to 8192")
    }
    do {
      try measure(opened, name: name)
    } catch let error as GeneratorError {
      throw CommandFailure(error, file: name)
    }
  }

  private func measure(_ model: GeneratorModel, name: String) throws {
    let size = self.size ?? model.size
    let generator = try Generator(
      model: model, threads: compute.count)
    let area = MaskArea(centeredFraction: maskFraction, size: size)
    let first = Self.inputs(size: size, mask: area.mask)
    let second = Self.withStroke(first)
    let wanted = maskFraction < 1 ? area : nil
    let session = reedit ? GeneratorSession(generator: generator) : nil
    var seconds: [Double] = []
    var perLayer: [[LayerProfile]] = []
    let clock = ContinuousClock()
    for run in -2..<runs {
      _ = try session?.generate(first, area: wanted)
      let start = clock.now
      let timed = try session?.timed(second, area: wanted) ?? generator.timed(first, area: wanted)
      let duration = (clock.now - start) / .seconds(1)
      if run >= 0 {
        seconds.append(duration)
        perLayer.append(timed.profile)
      }
    }
    seconds.sort()
    let gflop = model.architecture.floatingPointOperations(size: size) / 1e9
    let median = Self.median(seconds)
    if layers { printLayers(model, size: size, perLayer) }
    if json {
      let fields = [
        "\"median_seconds\":\(median)", "\"min_seconds\":\(seconds.first ?? median)", "\"runs\":\(runs)",
        "\"threads\":\(generator.threads)", "\"gflop\":\(gflop)",
        "\"peak_rss_bytes\":\(Self.peakResidentBytes)",
      ]
      printLine("{\(fields.joined(separator: ","))}")
    } else {
      let what = reedit ? "one stroke changed" : "from scratch"
      let network = "\(model.architecture.family.rawValue), width \(model.width), \(size)×\(size)"
      printLine("\(name), \(network), \(generator.threads) threads, \(what)")
      printLine(
        String(
          format: "median %.1f ms, least %.1f ms of %d runs; whole frame %.1f GFLOP; peak memory %@",
          median * 1e3, (seconds.first ?? median) * 1e3, runs, gflop, formattedBytes(Self.peakResidentBytes)))
    }
  }

  /// Each layer's median time; the rate counts what a direct convolution would take of the computed share.
  private func printLayers(_ model: GeneratorModel, size: Int, _ runs: [[LayerProfile]]) {
    var text = "layer            GFLOP  computed      ms   GFLOP/s\n"
    var sum = 0.0
    for (index, layer) in model.architecture.layers.enumerated() {
      let share = runs.last?[index].share ?? 0
      let gflop = model.architecture.floatingPointOperations(of: layer, size: size) / 1e9
      let median = Self.median(runs.map { $0[index].seconds }.sorted())
      sum += median
      let name = layer.name.padding(toLength: 14, withPad: " ", startingAt: 0)
      text += name
      text += String(
        format: "%8.2f%8.1f %%%8.2f%10.0f\n", gflop, share * 100, median * 1e3,
        median > 0 ? gflop * share / median : 0)
    }
    text += String(format: "all layers            %18.2f\n", sum * 1e3)
    printToStandardError(text)
  }

  private static func median(_ sorted: [Double]) -> Double {
    guard !sorted.isEmpty else { return 0 }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  /// The most memory the process has had at once.
  private static var peakResidentBytes: Int {
    // getrusage would count the process that started this one, up to the moment it became fedit.
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    if let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kilobytes = Int(line.filter(\.isNumber))
    {
      return kilobytes << 10
    }
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    return usage.ru_maxrss << 10
  }

  /// A smooth picture, colours and noise, with a sketched cross in the mask.
  private static func inputs(size: Int, mask: [Float]) -> GeneratorInputs {
    let pixels = size * size
    var inputs = GeneratorInputs(
      size: size, image: [Float](repeating: 0, count: pixels * 3),
      sketch: [Float](repeating: 0, count: pixels),
      color: [Float](repeating: 0, count: pixels * 3), colorSet: [Float](repeating: 0, count: pixels),
      mask: mask, noise: [Float](repeating: 0, count: pixels))
    for y in 0..<size {
      for x in 0..<size {
        let p = y * size + x
        for c in 0..<3 {
          inputs.image[p * 3 + c] = Levels.signed(UInt8((x * (c + 1) + y * 3) % 256))
          inputs.color[p * 3 + c] = mask[p] != 0 ? -1 : 0
        }
        inputs.sketch[p] = mask[p] != 0 && x == y ? 1 : 0
        inputs.noise[p] = mask[p] != 0 && (x &* 7919 &+ y &* 104_729) % 6 == 0 ? 1 : 0
      }
    }
    return inputs
  }

  /// The same with a stroke, 32 pixels long and one high, across the middle.
  private static func withStroke(_ inputs: GeneratorInputs) -> GeneratorInputs {
    var inputs = inputs
    let row = (inputs.size / 2 - 3) * inputs.size
    for x in inputs.size / 2 - 16..<inputs.size / 2 + 16 where inputs.mask[row + x] != 0 {
      inputs.sketch[row + x] = 1
    }
    return inputs
  }
}
