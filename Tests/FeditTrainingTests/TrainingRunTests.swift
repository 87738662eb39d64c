import FeditTestSupport
import FeditTraining
import FeditWeights
import Foundation
import Testing

/// A short run of small networks, with every part that has a state: both networks, both optimisers, the average.
func shortRun(steps: Int = 6) -> TrainingConfiguration {
  var c = TrainingConfiguration()
  c.architecture = .scFEGAN
  c.width = 2
  c.size = 128
  c.batch = 2
  c.steps = steps
  c.warmup = 2
  c.adversarial = 0.01
  c.featureMatching = 0.1
  c.groundTruth = 0.001
  c.gradientPenalty = 0.1
  c.discriminatorWidth = 4
  c.reportSteps = 2
  c.validationSteps = 3
  c.validationPictures = 2
  return c
}

/// What a run left in its folder.
struct RunFiles: Equatable {
  var model: [UInt8]
  var samples: [UInt8]
  /// Everything in the checkpoint but the time that the run took.
  var state: [String: [Float]]
  /// Without the column of seconds.
  var metrics: [[String]]

  init(_ scratch: Scratch, _ run: String) throws {
    model = try scratch.bytes(run + "/model.safetensors")
    samples = try scratch.bytes(run + "/samples.png")
    let file = try SafetensorsFile(path: scratch.file(run + "/checkpoint.safetensors"))
    state = [:]
    for name in file.names where name != "metrics" { state[name] = try file.floats(named: name) }
    metrics = String(decoding: try scratch.bytes(run + "/metrics.csv"), as: UTF8.self).split(separator: "\n")
      .map {
        var fields = $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        fields.remove(at: 2)
        return fields
      }
  }
}

@discardableResult
func train(
  _ scratch: Scratch, _ run: String, _ configuration: TrainingConfiguration, resume: Bool = false,
  threads: Int = 2,
  stopAfter steps: Int = .max
) throws -> TrainingRun.Ending {
  let run = try TrainingRun(
    sets: [scratch.file("set")], folder: scratch.file(run), configuration: configuration, resume: resume,
    threads: threads)
  var done = 0
  return try run.run(isCancelled: { done >= steps }) { if case .progress = $0 { done += 1 } }
}

@Suite struct TrainingRunTests {
  @Test("a run that was stopped and resumed ends with the bits of one that was not")
  func resumes() throws {
    let scratch = try Scratch.withTrainingSet()
    let configuration = shortRun()
    #expect(try train(scratch, "whole", configuration) == .finished)
    #expect(try train(scratch, "parts", configuration, stopAfter: 3) == .interrupted)
    #expect(try train(scratch, "parts", configuration, resume: true, stopAfter: 2) == .interrupted)
    #expect(try train(scratch, "parts", configuration, resume: true) == .finished)
    #expect(try RunFiles(scratch, "parts") == RunFiles(scratch, "whole"))
  }

  @Test("the same seed gives the same weights for one thread and for two, another seed others")
  func threads() throws {
    let scratch = try Scratch.withTrainingSet()
    var configuration = shortRun(steps: 3)
    try train(scratch, "one", configuration, threads: 1)
    try train(scratch, "two", configuration, threads: 2)
    #expect(try RunFiles(scratch, "one") == RunFiles(scratch, "two"))
    configuration.seed = 2
    try train(scratch, "other", configuration)
    #expect(try RunFiles(scratch, "other").model != RunFiles(scratch, "one").model)
  }

  @Test("losses on features take part in a run, and resume with it")
  func features() throws {
    let scratch = try Scratch.withTrainingSet()
    try writeVGG(to: scratch.file("vgg.safetensors"))
    var configuration = shortRun(steps: 2)
    configuration.vgg16 = scratch.file("vgg.safetensors")
    configuration.featureCrop = 32
    configuration.perceptual = 0.05
    configuration.unitFeatures = 1
    configuration.style = 120
    configuration.judgesGenerated = true
    try train(scratch, "whole", configuration)
    try train(scratch, "parts", configuration, stopAfter: 1)
    try train(scratch, "parts", configuration, resume: true)
    let files = try RunFiles(scratch, "whole")
    #expect(try RunFiles(scratch, "parts") == files)
    let columns = files.metrics[0]
    for name in ["perceptual", "unit_features", "style", "adversarial", "gradient_penalty"] {
      let column = try #require(columns.firstIndex(of: name))
      #expect(try #require(Double(files.metrics[2][column])) != 0)
    }
  }

  @Test("a short run learns: the validation's PSNR rises")
  func learns() throws {
    let scratch = try Scratch.withTrainingSet()
    var configuration = TrainingConfiguration()
    configuration.architecture = .scFEGAN
    (configuration.width, configuration.size, configuration.batch) = (2, 128, 2)
    (configuration.steps, configuration.warmup, configuration.validationPictures) = (40, 5, 4)
    configuration.average = 0.9
    configuration.learningRate = 3e-3
    try train(scratch, "run", configuration)
    let lines = String(decoding: try scratch.bytes("run/metrics.csv"), as: UTF8.self).split(separator: "\n")
    let psnr = lines.dropFirst().compactMap { $0.split(separator: ",").last.flatMap { Double($0) } }
    #expect((psnr.last ?? 0) > (psnr.first ?? 99) + 1)
  }

  @Test(
    "a run's folder has the model, its card, figures, curves and sample pictures; the model is one that loads"
  )
  func files() throws {
    let scratch = try Scratch.withTrainingSet()
    var configuration = shortRun(steps: 4)
    configuration.checkpointSteps = 2
    configuration.licence = "research only"
    try train(scratch, "run", configuration)
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.file("run")).sorted()
    #expect(
      names == [
        "card.md", "checkpoint.safetensors", "config.txt", "curves.png", "metrics.csv", "model.safetensors",
        "samples", "samples.png",
      ])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.file("run/samples")).sorted() == [
        "0000002.png", "0000004.png",
      ])
    let model = try SafetensorsFile(path: scratch.file("run/model.safetensors"))
    #expect(model.metadata["architecture"] == "sc-fegan" && model.metadata["width"] == "2")
    #expect(model.metadata["licence"] == "research only" && model.metadata["channel_order"] == "rgb")
    #expect(model.shape(of: "generator/gconv1_ds/kernel") == [7, 7, 9, 2])
    #expect(model.names.count == 93)
    let card = String(decoding: try scratch.bytes("run/card.md"), as: UTF8.self)
    for part in ["research only", "4 steps of 2 pictures", "random weights", "width = 2", "PSNR"] {
      #expect(card.contains(part))
    }
    var again = TrainingConfiguration()
    try again.read(String(decoding: try scratch.bytes("run/config.txt"), as: UTF8.self), file: "config.txt")
    #expect(again == configuration)
  }

  @Test("--init begins with a model's weights")
  func start() throws {
    let scratch = try Scratch.withTrainingSet()
    var configuration = shortRun(steps: 2)
    try train(scratch, "first", configuration)
    configuration.start = scratch.file("first/model.safetensors")
    // No step is made: what is written is what was read.
    try train(scratch, "second", configuration, stopAfter: 0)
    let (a, b) = try (
      SafetensorsFile(path: scratch.file("first/model.safetensors")),
      SafetensorsFile(path: scratch.file("second/model.safetensors"))
    )
    for name in a.names { #expect(try a.floats(named: name) == b.floats(named: name)) }
  }

  @Test("the rate rises over the warm-up and falls along a cosine to its last share")
  func schedule() throws {
    let scratch = try Scratch.withTrainingSet()
    var configuration = shortRun(steps: 10)
    (configuration.adversarial, configuration.featureMatching, configuration.gradientPenalty) = (0, 0, 0)
    (configuration.reportSteps, configuration.warmup, configuration.decayStart) = (1, 4, 0.5)
    (configuration.learningRate, configuration.finalRate) = (1e-3, 0.1)
    try train(scratch, "run", configuration)
    let rates = try RunFiles(scratch, "run").metrics.dropFirst(2).compactMap { Double($0[2]) }
    let expected = [0.25, 0.5, 0.75, 1, 1, 1, 0.914, 0.689, 0.411, 0.186].map { $0 * 1e-3 }
    #expect(rates.count == 10)
    #expect(zip(rates, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }
}

@Suite struct TrainingFaultTests {
  @Test("resuming with another width, size or batch is refused, and the checkpoint stays")
  func otherWidth() throws {
    let scratch = try Scratch.withTrainingSet()
    let configuration = shortRun(steps: 2)
    try train(scratch, "run", configuration, stopAfter: 1)
    let before = try scratch.bytes("run/checkpoint.safetensors")
    for (name, change) in [
      ("width", { $0.width = 3 }), ("size", { $0.size = 256 }), ("batch", { $0.batch = 1 }),
    ] as [(String, (inout TrainingConfiguration) -> Void)] {
      var other = configuration
      change(&other)
      let text = message { try train(scratch, "run", other, resume: true) }
      #expect(text.contains("has \(name) ") && text.contains("leave out --\(name)"))
    }
    #expect(try scratch.bytes("run/checkpoint.safetensors") == before)
    #expect(try train(scratch, "run", configuration, resume: true) == .finished)
  }

  @Test("a folder with a run is not written over, and one without can't be resumed")
  func folders() throws {
    let scratch = try Scratch.withTrainingSet()
    try train(scratch, "run", shortRun(steps: 1))
    let before = try scratch.bytes("run/checkpoint.safetensors")
    #expect(message { try train(scratch, "run", shortRun(steps: 1)) }.contains("holds a run already"))
    #expect(try scratch.bytes("run/checkpoint.safetensors") == before)
    #expect(
      message { _ = try TrainingRun.storedConfiguration(in: scratch.file("none")) }
        .contains("has no checkpoint to resume from"))
  }

  @Test("VGG weights of a wrong shape, or none, are found before anything is written")
  func vgg() throws {
    let scratch = try Scratch.withTrainingSet()
    try train(scratch, "run", shortRun(steps: 2), stopAfter: 1)
    let before = try scratch.bytes("run/checkpoint.safetensors")
    try writeVGG(to: scratch.file("vgg.safetensors"), wrongShape: true)
    var configuration = shortRun(steps: 2)
    configuration.vgg16 = scratch.file("vgg.safetensors")
    configuration.unitFeatures = 1
    for (folder, resume) in [("new", false), ("run", true)] {
      #expect(
        message { try train(scratch, folder, configuration, resume: resume) }
          .contains("tensor 'features.7.weight': has shape [128, 64, 3, 3], expected [128, 128, 3, 3]"))
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.file("new")))
    #expect(try scratch.bytes("run/checkpoint.safetensors") == before)
    configuration.vgg16 = ""
    #expect(
      message { try train(scratch, "new", configuration) }.contains(
        "losses on features need the weights of VGG-16"))
  }

  @Test("a checkpoint that is cut short is named, and left alone")
  func cut() throws {
    let scratch = try Scratch.withTrainingSet()
    try train(scratch, "run", shortRun(steps: 2), stopAfter: 1)
    let whole = try scratch.bytes("run/checkpoint.safetensors")
    try scratch.write("run/checkpoint.safetensors", Array(whole[..<(whole.count - 1000)]))
    let text = message { try train(scratch, "run", shortRun(steps: 2), resume: true) }
    #expect(text.contains("checkpoint.safetensors"))
    #expect(try scratch.bytes("run/checkpoint.safetensors").count == whole.count - 1000)
  }

  @Test("options that are wrong say which, where, and what they take")
  func options() {
    var configuration = TrainingConfiguration()
    func read(_ text: String) -> String { message { try configuration.read(text, file: "c.txt") } }
    #expect(read("width = 16 # channels\n\n# nothing\nbatch=2") == "no error")
    #expect(configuration.width == 16 && configuration.batch == 2)
    #expect(
      read("width = wide") == "c.txt:1: 'wide' is no value for 'width': it takes a whole number from 1 to 512"
    )
    #expect(read("\nbeta1 = nan").hasPrefix("c.txt:2: 'nan' is no value for 'beta1'"))
    #expect(read("hinge = maybe") == "c.txt:1: 'maybe' is no value for 'hinge': it takes true or false")
    #expect(read("depth = 3").hasPrefix("c.txt:1: there is no option 'depth' | options: architecture, width"))
    #expect(read("width") == "c.txt:1: 'width' is not followed by '= value'")
    func check(_ change: (inout TrainingConfiguration) -> Void) -> String {
      var configuration = TrainingConfiguration()
      configuration.steps = 1
      change(&configuration)
      return message { try configuration.validate() }
    }
    #expect(check { $0.size = 200 }.hasPrefix("size 200 is not a multiple of 64"))
    #expect(check { $0.steps = 0 }.hasPrefix("it is not said how long to train"))
    #expect(check { $0.minutes = 1 }.hasPrefix("both minutes and steps are given"))
    #expect(check { $0.featureCrop = 513 }.hasPrefix("feature-crop 513"))
  }

  @Test("a set that is not finished or not there is a clear error")
  func sets() throws {
    let scratch = try Scratch()
    let text = message { try train(scratch, "run", shortRun()) }
    #expect(text.contains("set") && !FileManager.default.fileExists(atPath: scratch.file("run")))
  }
}
