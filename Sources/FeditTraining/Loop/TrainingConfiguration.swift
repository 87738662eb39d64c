import FeditGenerator
import FeditNN
import FeditText

/// Everything that decides what a training run makes; written to and read from `config.txt`.
///
/// The file has one `name = value` a line; `#` begins a comment. Names are those of ``options``. After a line
/// `[stage NAME]` come the options of that stage.
public struct TrainingConfiguration: Sendable, Equatable {
  // What is trained.
  /// The network.
  public var architecture = Architecture.Family.gatedUNet
  /// Channels of the first layer, 1…512.
  public var width = 16
  /// Side of the training pictures in pixels, a multiple of 64 (of 128 for SC-FEGAN).
  public var size = 256
  /// Pictures a step, 1…4096.
  public var batch = 4
  /// Parts of a batch whose gradients are added over a binary tree.
  public var slots = 1
  /// How the generator's products are computed; float32 where the processor can't otherwise.
  public var precision = TrainingPrecision.float32
  /// Chooses all random numbers.
  public var seed: UInt64 = 1
  /// Weights to start from: a file, or empty for random ones.
  public var start = ""

  /// How samples are made.
  public var samples = SampleOptions()

  // How long. One of them is set; the other is 0.
  /// Length of the run in minutes of work; 0 where ``steps`` decides.
  public var minutes = 0.0
  /// Length of the run in steps; 0 where ``minutes`` decides.
  public var steps = 0

  // Optimiser.
  /// Adam's step of the generator.
  public var learningRate: Float = 3e-4
  /// Decay of Adam's first moment.
  public var beta1: Float = 0.5
  /// Decay of Adam's second moment.
  public var beta2: Float = 0.99
  /// Steps over which the rate rises from 0.
  public var warmup = 100
  /// Share of the run after which the rate falls, along a cosine, to `finalRate` times itself.
  public var decayStart = 0.6
  /// The rate's last value, as a share of the first.
  public var finalRate: Float = 0.03
  /// Longest gradient (Euclidean norm); 0 for any.
  public var clip: Float = 5
  /// Pictures after which weights count half in the moving average that becomes the model.
  public var averagePictures = 20_000.0
  /// Its decay a step; 0 where ``averagePictures`` decides.
  public var average: Float = 0

  // Losses on pixels.
  /// Weight of L1 inside the mask.
  public var inside: Float = 5
  /// Weight of L1 outside the mask.
  public var outside: Float = 1
  /// Weight of the composite's L1 at 1/2, 1/4 and 1/8 of the size.
  public var pyramid: Float = 4
  /// Weight of the composite's colour differences at 1/2 of the size.
  public var chroma: Float = 0
  /// Weight of L1 of neighbours' differences.
  public var edges: Float = 2
  /// Weight of total variation (published: 0.1).
  public var variation: Float = 0
  /// Weight of the grid that upsampling leaves.
  public var checkerboard: Float = 0

  // Losses on VGG-16 features.
  /// VGG-16's weight file, for the losses on features; empty for none.
  public var vgg16 = ""
  /// Side of the random crops that they see, in pixels; 0 for all.
  public var featureCrop = 112
  /// Share of a batch whose pictures have a crop.
  public var featureShare: Float = 1
  /// Crops drawn for each; the one with the most detail under the mask is taken.
  public var featureFocus = 1
  /// Weight of relative L1 of features (published: 0.05).
  public var perceptual: Float = 0
  /// Weight of the distance of unit-length features.
  public var unitFeatures: Float = 0
  /// Weight of L1 of Gram matrices (published: 120).
  public var style: Float = 0
  /// Whether the generated picture is judged besides the composite, as published.
  public var judgesGenerated = false

  // The discriminator.
  /// Weight of the discriminator's score in the generator's loss (published: 0.001); 0 for no
  /// discriminator.
  public var adversarial: Float = 0
  /// Weight of L1 of the discriminator's features.
  public var featureMatching: Float = 0
  /// Whether scores beyond ±1 count no more; not so as published.
  public var hinge = true
  /// Whether places of a composite that the mask does not reach count as a photo's.
  public var maskTargets = false
  /// Whether pictures are changed before the discriminator sees them.
  public var augment = false
  /// Weight of the squared score on photos, in the discriminator's loss (published: 0.001).
  public var groundTruth: Float = 0
  /// Weight of the gradient penalty, in the discriminator's loss (published: 10).
  public var gradientPenalty: Float = 0
  /// Weight of R1, the squared gradient on photos, in the discriminator's loss.
  public var realPenalty: Float = 0
  /// Steps from one R1 to the next.
  public var realPenaltySteps = 16
  /// Channels of the discriminator's first layer, 1…512.
  public var discriminatorWidth = 32
  /// The discriminator's layers, 3…6: with fewer it judges smaller patches.
  public var discriminatorLayers = 6
  /// Side of the random crops that the discriminator sees, in pixels; 0 for all.
  public var discriminatorCrop = 0
  /// Adam's step of the discriminator.
  public var discriminatorRate: Float = 3e-4
  /// Weight of the scores of discriminators on VGG-16's features.
  public var featureAdversarial: Float = 0

  /// Weight of the loss that makes seeds matter.
  public var seeds: Float = 0

  // What is reported when.
  /// Steps that a line of `metrics.csv` stands for.
  public var reportSteps = 100
  /// Steps from one validation to the next.
  public var validationSteps = 500
  /// Tasks of a validation.
  public var validationPictures = 48
  /// Minutes from one checkpoint to the next.
  public var checkpointMinutes = 3.0
  /// Steps from one checkpoint to the next; 0 where ``checkpointMinutes`` decides.
  public var checkpointSteps = 0
  /// What the model file says about its use.
  public var licence = "depends on the training pictures"
  /// What the model card says about the data.
  public var description = ""

  /// Parts of the run with options of their own; without any the run is one part.
  public internal(set) var stages: [Stage] = []

  /// The defaults: the losses that need no other network.
  public init() {}

  /// One option of the file.
  public struct Option {
    /// As it is written in the file and after `--set`.
    public let name: String
    /// What it means, in a line.
    public let help: String
    /// Its value as it would be written.
    public let get: (TrainingConfiguration) -> String
    /// Returns what is expected where the text is no value for it.
    let set: (inout TrainingConfiguration, String) -> String?
  }

  /// All options in the order in which they are written.
  public static var options: [Option] {
    [
      choice("architecture", \.architecture, "the network"),
      integer("width", \.width, 1...512, "channels of the first layer"),
      integer(
        "size", \.size, 64...2048, "side of the training pictures, a multiple of 64 (sc-fegan: of 128)"),
      integer("batch", \.batch, 1...4096, "pictures a step"),
      integer(
        "slots", \.slots, 1...1024,
        "equal parts of a batch, computed one after another or by as many processes: 1, 2, 4, …"),
      choice(
        "precision", \.precision,
        "factors of products in generator and VGG-16; bf16 needs a processor with AVX512-BF16"
      ),
      Option(
        name: "seed", help: "chooses all random numbers", get: { String($0.seed) },
        set: {
          guard let value = UInt64($1) else { return "a whole number from 0" }
          $0.seed = value
          return nil
        }),
      text("init", \.start, "model to start from, a name or a weight file; empty for random weights"),
      real("minutes", \.minutes, 0...1e6, "length of the run in minutes of work; 0 if steps are given"),
      integer("steps", \.steps, 0...1_000_000_000, "length of the run in steps; 0 if minutes are given"),
      float("learning-rate", \.learningRate, 0...1, "Adam's step of the generator"),
      float("beta1", \.beta1, 0...0.9999, "decay of Adam's first moment"),
      float("beta2", \.beta2, 0...0.99999, "decay of Adam's second moment"),
      integer("warmup", \.warmup, 0...1_000_000, "steps over which the rate rises from 0"),
      real("decay-start", \.decayStart, 0...1, "share of the run after which the rate falls along a cosine"),
      float("final-rate", \.finalRate, 0...1, "the rate's last value, as a share of the first"),
      float("clip", \.clip, 0...1e9, "longest gradient (Euclidean norm); 0 for any"),
      real(
        "average-pictures", \.averagePictures, 1...1e9,
        "pictures after which weights count half in their moving average, the model"),
      float("average", \.average, 0...0.999999, "its decay a step; 0: as average-pictures says"),
      float("inside", \.inside, 0...1e6, "weight of L1 inside the mask"),
      float("outside", \.outside, 0...1e6, "weight of L1 outside the mask"),
      float("pyramid", \.pyramid, 0...1e6, "weight of the composite's L1 at 1/2, 1/4 and 1/8 of the size"),
      float("chroma", \.chroma, 0...1e6, "weight of the composite's colour differences at 1/2 of the size"),
      float("edges", \.edges, 0...1e6, "weight of L1 of neighbours' differences"),
      float("variation", \.variation, 0...1e6, "weight of total variation (published: 0.1)"),
      float("checkerboard", \.checkerboard, 0...1e6, "weight of the grid that upsampling leaves"),
      text("vgg16", \.vgg16, "weight file of VGG-16, for the next losses"),
      integer("feature-crop", \.featureCrop, 0...2048, "side of the random crops they see; 0 for all"),
      float("feature-share", \.featureShare, 0.01...1, "share of a batch's pictures that have such a crop"),
      integer(
        "feature-focus", \.featureFocus, 1...64,
        "crops drawn for each, of which the one with the most detail under the mask is taken"),
      float("perceptual", \.perceptual, 0...1e6, "weight of relative L1 of features (published: 0.05)"),
      float("unit-features", \.unitFeatures, 0...1e6, "weight of the distance of unit-length features"),
      float("style", \.style, 0...1e6, "weight of L1 of Gram matrices (published: 120)"),
      flag("judges-generated", \.judgesGenerated, "features of the generated picture too, as published"),
      float(
        "adversarial", \.adversarial, 0...1e6, "weight of the discriminator's score (published: 0.001)"),
      float("feature-matching", \.featureMatching, 0...1e6, "weight of L1 of the discriminator's features"),
      flag("hinge", \.hinge, "the discriminator's loss ends at scores of ±1 (published: false)"),
      flag("mask-targets", \.maskTargets, "places that the mask does not reach count as a photo's"),
      flag("augment", \.augment, "the discriminator sees pictures with changed colours, shifts and holes"),
      float(
        "ground-truth", \.groundTruth, 0...1e6,
        "weight of the squared score on photos, in the discriminator's loss (published: 0.001)"),
      float(
        "gradient-penalty", \.gradientPenalty, 0...1e6,
        "weight of the gradient penalty, in the discriminator's loss (published: 10)"),
      float(
        "real-penalty", \.realPenalty, 0...1e6,
        "weight of R1, the squared gradient on photos, in the discriminator's loss"),
      integer("real-penalty-steps", \.realPenaltySteps, 1...10_000, "steps from one R1 to the next"),
      integer("discriminator-width", \.discriminatorWidth, 1...512, "channels of its first layer"),
      integer("discriminator-layers", \.discriminatorLayers, 3...6, "with fewer, it judges smaller patches"),
      integer(
        "discriminator-crop", \.discriminatorCrop, 0...2048, "side of the random crops it sees; 0 for all"),
      float("discriminator-rate", \.discriminatorRate, 0...1, "Adam's step of the discriminator"),
      float(
        "feature-adversarial", \.featureAdversarial, 0...1e6,
        "weight of the score of discriminators on VGG-16's features"),
      float("seeds", \.seeds, 0...1e6, "weight of the loss that makes fills differ with the seed"),
      integer("report-steps", \.reportSteps, 1...1_000_000, "steps a line of metrics.csv stands for"),
      integer("validation-steps", \.validationSteps, 1...1_000_000, "steps from one validation to the next"),
      integer("validation-pictures", \.validationPictures, 1...100_000, "tasks of a validation"),
      real("checkpoint-minutes", \.checkpointMinutes, 0...1e6, "minutes from one checkpoint to the next"),
      integer(
        "checkpoint-steps", \.checkpointSteps, 0...1_000_000_000,
        "steps from one checkpoint to the next; 0: time"),
      text("licence", \.licence, "what the model file says about its use"),
      text("description", \.description, "what the model card says about the data"),
    ] + sampleOptions
  }

  private static func choice<Value: RawRepresentable & CaseIterable>(
    _ name: String, _ path: WritableKeyPath<Self, Value>, _ help: String
  ) -> Option where Value.RawValue == String {
    let names = Value.allCases.map(\.rawValue)
    return Option(
      name: name, help: "\(help) (\(names.joined(separator: ", ")))", get: { $0[keyPath: path].rawValue },
      set: {
        guard let value = Value(rawValue: $1) else { return names.joined(separator: " or ") }
        $0[keyPath: path] = value
        return nil
      })
  }

  private static func integer(
    _ name: String, _ path: WritableKeyPath<Self, Int>, _ range: ClosedRange<Int>, _ help: String
  ) -> Option {
    Option(
      name: name, help: help, get: { String($0[keyPath: path]) },
      set: {
        guard let value = Int($1), range.contains(value) else {
          return "a whole number from \(range.lowerBound) to \(range.upperBound)"
        }
        $0[keyPath: path] = value
        return nil
      })
  }

  private static func real(
    _ name: String, _ path: WritableKeyPath<Self, Double>, _ range: ClosedRange<Double>, _ help: String
  ) -> Option {
    Option(
      name: name, help: help, get: { String($0[keyPath: path]) },
      set: {
        guard let value = Double($1), range.contains(value) else {
          return "a number from \(range.lowerBound) to \(range.upperBound)"
        }
        $0[keyPath: path] = value
        return nil
      })
  }

  static func float(
    _ name: String, _ path: WritableKeyPath<Self, Float>, _ range: ClosedRange<Float>, _ help: String
  ) -> Option {
    Option(
      name: name, help: help, get: { String($0[keyPath: path]) },
      set: {
        guard let value = Float($1), range.contains(value) else {
          return "a number from \(range.lowerBound) to \(range.upperBound)"
        }
        $0[keyPath: path] = value
        return nil
      })
  }

  private static func flag(_ name: String, _ path: WritableKeyPath<Self, Bool>, _ help: String) -> Option {
    Option(
      name: name, help: "\(help) (true, false)", get: { String($0[keyPath: path]) },
      set: {
        guard let value = Bool($1) else { return "true or false" }
        $0[keyPath: path] = value
        return nil
      })
  }

  private static func text(_ name: String, _ path: WritableKeyPath<Self, String>, _ help: String) -> Option {
    Option(
      name: name, help: help, get: { $0[keyPath: path] },
      set: {
        $0[keyPath: path] = $1
        return nil
      })
  }

  /// Sets one option, of the run or, as `STAGE.NAME`, of one of its stages.
  ///
  /// - Throws: `UserError` if there is no such option or the text is no value for it.
  public mutating func set(_ name: String, to value: String, in place: String = "") throws {
    let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 {
      try set(String(parts[1]), to: value, inStage: String(parts[0]), in: place)
    } else {
      try setValue(name, to: value, in: place)
    }
  }

  mutating func setValue(_ name: String, to value: String, in place: String) throws {
    guard let option = Self.options.first(where: { $0.name == name }) else {
      throw UserError(
        .usage, "\(place)there is no option '\(name)'",
        hints: ["options: " + Self.options.map(\.name).joined(separator: ", ")])
    }
    if let expected = option.set(&self, value) {
      throw UserError(.usage, "\(place)'\(value)' is no value for '\(name)': it takes \(expected)")
    }
  }

  /// Sets what a file says; options it does not name stay as they are. Its stages are added to those that are there.
  public mutating func read(_ text: String, file: String) throws {
    var stage: String?
    var opened: Set<String> = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let content = Self.trimmed(
        line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0])
      if content.isEmpty { continue }
      let place = "\(file):\(index + 1): "
      if content.hasPrefix("[") {
        let name = try Self.stageName(content, in: place)
        guard opened.insert(name).inserted else {
          throw UserError(.usage, "\(place)there is a stage '\(name)' already")
        }
        if !stages.contains(where: { $0.name == name }) { try addStage(name, in: place) }
        stage = name
        continue
      }
      let parts = content.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = Self.trimmed(parts[0])
      guard parts.count == 2 else {
        throw UserError(.usage, "\(place)'\(name)' is not followed by '= value'")
      }
      if let stage {
        try set(name, to: Self.trimmed(parts[1]), inStage: stage, in: place)
      } else {
        try set(name, to: Self.trimmed(parts[1]), in: place)
      }
    }
  }

  private static func stageName(_ header: String, in place: String) throws -> String {
    guard header.hasPrefix("[stage "), header.hasSuffix("]") else {
      throw UserError(
        .usage, "\(place)'\(header)' begins no stage", hints: ["write '[stage NAME]', as in '[stage rough]'"])
    }
    return trimmed(header.dropFirst(7).dropLast())
  }

  private static func trimmed(_ text: Substring) -> String {
    let isSpace = { (c: Character) in c == " " || c == "\t" || c == "\r" }
    var text = text
    while let c = text.first, isSpace(c) { text.removeFirst() }
    while let c = text.last, isSpace(c) { text.removeLast() }
    return String(text)
  }

  /// The file with all options.
  public var text: String {
    Self.options.map { "\($0.name) = \($0.get(self))\n" }.joined() + stageText
  }

  /// Checks options against each other, in each stage.
  public func validate() throws {
    for stage in schedule {
      do {
        try stage.options.validatePart()
      } catch let error as UserError where !stage.name.isEmpty {
        throw UserError(error.exitStatus, "stage '\(stage.name)': \(error.message)", hints: error.hints)
      }
    }
  }

  private func validatePart() throws {
    let network = Architecture(architecture, width: width)
    guard network.accepts(size: size) else {
      throw UserError(
        .usage, "size \(size) is not a multiple of \(network.sizeMultiple)", hints: ["take 128, 256 or 512"])
    }
    guard minutes > 0 || steps > 0 else {
      throw UserError(.usage, "it is not said how long to train", hints: ["give --minutes or --steps"])
    }
    guard minutes == 0 || steps == 0 else {
      throw UserError(.usage, "both minutes and steps are given", hints: ["give one of them"])
    }
    if usesFeatures, vgg16.isEmpty {
      throw UserError(
        .usage, "losses on features need the weights of VGG-16", hints: ["give --vgg16 FILE.safetensors"])
    }
    guard slots & (slots - 1) == 0, batch % slots == 0 else {
      throw UserError(
        .usage, "slots \(slots) is not a power of two that divides the batch of \(batch)",
        hints: ["take 1, 2, 4 or 8, and a batch that is a multiple of it"])
    }
    if seeds > 0, slotPictures % 2 == 1 {
      throw UserError(
        .usage, "'seeds' compares pairs of a \(slots > 1 ? "slot" : "batch"), and \(slotPictures) is odd",
        hints: ["take an even batch"])
    }
    if featureAdversarial > 0, featureCrop % 8 != 0 || featureCrop > 0 && featureCrop < 16 {
      throw UserError(
        .usage,
        "feature-crop \(featureCrop) is not a multiple of 8 from 16, which 'feature-adversarial' needs")
    }
    guard discriminatorCrop % 64 == 0, discriminatorCrop <= size else {
      throw UserError(
        .usage, "discriminator-crop \(discriminatorCrop) is not a multiple of 64 up to the size \(size)")
    }
    guard featureCrop % 4 == 0, featureCrop <= size else {
      throw UserError(.usage, "feature-crop \(featureCrop) is not a multiple of 4 up to the size \(size)")
    }
  }

  /// Pictures that are computed at once.
  var slotPictures: Int { batch / slots }
  var usesDiscriminator: Bool { adversarial > 0 || featureMatching > 0 }
  var usesFeatures: Bool { perceptual + unitFeatures + style + featureAdversarial > 0 }
}
