import FeditTestSupport
import FeditTraining
import FeditWeights
import Foundation
import Testing

/// Three stages that differ in all that a stage may change: size, batch, losses, rates, networks.
private func staged(_ scratch: Scratch) throws -> TrainingConfiguration {
  try writeVGG(to: scratch.file("vgg.safetensors"))
  var configuration = TrainingConfiguration()
  try configuration.read(
    """
    width = 2
    vgg16 = \(scratch.file("vgg.safetensors"))
    feature-crop = 32
    discriminator-width = 4
    warmup = 2
    report-steps = 2
    validation-steps = 4
    validation-pictures = 2
    octave = 0
    recolor = 0
    hue = 0
    objects = 0
    patches = 0

    [stage rough]
    steps = 3
    size = 128
    batch = 2
    adversarial = 0.01
    mask-targets = true
    augment = true
    seeds = 0.5

    [stage fine]
    steps = 2
    size = 256
    batch = 1
    inside = 1.5
    unit-features = 1
    feature-adversarial = 0.02
    learning-rate = 1e-4

    [stage sharp] # the first one's discriminator goes on
    steps = 3
    size = 128
    batch = 2
    feature-share = 0.5
    discriminator-crop = 64
    feature-adversarial = 0.02
    adversarial = 0.01
    feature-matching = 0.1
    real-penalty = 0.01
    real-penalty-steps = 2
    """, file: "recipe.config")
  return configuration
}

@Suite struct TrainingStageTests {
  @Test("a run that was stopped inside each stage and at each border ends with the bits of one that was not")
  func resumes() throws {
    let scratch = try Scratch.withTrainingSet()
    let configuration = try staged(scratch)
    #expect(try train(scratch, "whole", configuration) == .finished)
    // Steps of the run: 1 and 2 are inside the first stage, 3 its end, 4 inside the second, 6 inside the third.
    for (number, stop) in [1, 1, 1, 1, 2].enumerated() {
      let ending = try train(scratch, "parts", configuration, resume: number > 0, stopAfter: stop)
      #expect(ending == .interrupted)
    }
    #expect(try train(scratch, "parts", configuration, resume: true, threads: 1) == .finished)
    #expect(try RunFiles(scratch, "parts") == RunFiles(scratch, "whole"))
    for name in ["models/rough.safetensors", "models/fine.safetensors"] {
      #expect(try scratch.bytes("parts/" + name) == scratch.bytes("whole/" + name))
    }
  }

  @Test("a run stopped by itself and gone on with in every step ends with the bits of one that was not")
  func everyStep() throws {
    let scratch = try Scratch.withTrainingSet()
    let configuration = try staged(scratch)
    #expect(try train(scratch, "whole", configuration) == .finished)
    var ending = try train(scratch, "parts", configuration, stopAfter: 1)
    var runs = 1
    while ending == .interrupted, runs < 20 {
      ending = try train(scratch, "parts", configuration, resume: true, stopAfter: 1)
      runs += 1
    }
    #expect(ending == .finished && runs >= 8)
    #expect(try RunFiles(scratch, "parts") == RunFiles(scratch, "whole"))
  }

  @Test("each stage has its size, batch, losses and rate, and goes on with weights, optimiser and average")
  func parts() throws {
    let scratch = try Scratch.withTrainingSet()
    try train(scratch, "run", try staged(scratch))
    let files = try RunFiles(scratch, "run")
    let names = files.metrics[0]
    let column = { (name: String) in try #require(names.firstIndex(of: name)) }
    let rows = files.metrics.dropFirst()
    let (step, stage) = (try column("step"), try column("stage"))
    #expect(
      rows.map { $0[step] + $0[stage] } == [
        "0rough", "2rough", "3rough", "4fine", "5fine", "6sharp", "8sharp",
      ])
    #expect(rows.map { $0[1] } == ["0", "4", "6", "7", "8", "10", "14"])
    func isUsed(_ name: String) throws -> [Bool] {
      let index = try column(name)
      return rows.dropFirst().map { (Double($0[index]) ?? 0) != 0 }
    }
    #expect(try isUsed("adversarial") == [true, true, false, false, true, true])
    #expect(try isUsed("unit_features") == [false, false, true, true, false, false])
    #expect(try isUsed("feature_matching") == [false, false, false, false, true, true])
    // In its own stage it may be 0: the fills of an untrained network are far enough apart.
    #expect(try !isUsed("seeds")[2...].contains(true))
    // Every other step of the run; the first of them in the third stage is its second.
    #expect(try isUsed("real_penalty") == [false, false, false, false, false, true])
    for name in ["feature_adversarial", "feature_discriminator"] {
      #expect(try isUsed(name) == [false, false, true, true, true, true])
    }
    // Validations: at the start, after four steps, at each stage's end.
    for name in ["validation_features", "validation_sharpness", "psnr"] {
      #expect(try isUsed(name) == [false, true, true, true, false, true])
    }
    let checkpoint = try SafetensorsFile(path: scratch.file("run/checkpoint.safetensors"))
    #expect(checkpoint.metadata["feature-discriminator-conv2_2.steps"] == "5")
    #expect(
      checkpoint.metadata["generator.steps"] == "8" && checkpoint.metadata["discriminator.steps"] == "6")
    let model = try SafetensorsFile(path: scratch.file("run/model.safetensors"))
    let training = try #require(model.metadata["training"])
    #expect(
      training.contains(
        "14 pictures (rough: 3 steps of 2 at 128x128, fine: 2 steps of 1 at 256x256, sharp: 3 steps of 2"))
    #expect(model.metadata["size"] == "128")
  }

  @Test("config.txt repeats a run with stages")
  func repeated() throws {
    let scratch = try Scratch.withTrainingSet()
    let configuration = try staged(scratch)
    try train(scratch, "run", configuration, stopAfter: 1)
    var again = TrainingConfiguration()
    try again.read(String(decoding: try scratch.bytes("run/config.txt"), as: UTF8.self), file: "config.txt")
    #expect(again == configuration)
    #expect(again.text == configuration.text)
    #expect(try TrainingRun.storedConfiguration(in: scratch.file("run")) == configuration)
  }

  @Test("the command line's form of stages is the file's")
  func commandLine() throws {
    var file = TrainingConfiguration()
    try file.read(
      "batch = 8\n[stage a]\nsteps = 20\nsize = 128\n[stage b]\nminutes = 1.5\nbatch = 2\n", file: "c")
    var line = TrainingConfiguration()
    try line.readStage("a:steps=20,size=128")
    try line.readStage("b:minutes=1.5")
    try line.readStage("b:batch=2")
    try line.set("batch", to: "8")
    #expect(line == file)
    let parts = file.schedule
    #expect(parts.map(\.name) == ["a", "b"])
    #expect(parts.map(\.options.batch) == [8, 2] && parts.map(\.options.size) == [128, 256])
    #expect(parts.map(\.options.steps) == [20, 0] && parts.map(\.options.minutes) == [0, 1.5])
    // Without a stage's name it holds for all of them, with one for that stage.
    try line.override("batch", with: "4")
    try line.override("b.steps", with: "7")
    #expect(line.schedule.map(\.options.batch) == [4, 4])
    #expect(
      message { try line.validate() } == "stage 'b': both minutes and steps are given | give one of them")
    try line.override("steps", with: "5")
    #expect(line.schedule.map(\.options.steps) == [5, 5] && line.schedule.map(\.options.minutes) == [0, 0])
  }

  @Test("faults of stages say which stage, where, and what to do")
  func faults() {
    func read(_ text: String) -> String {
      message {
        var configuration = TrainingConfiguration()
        try configuration.read(text, file: "c.txt")
        try configuration.validate()
      }
    }
    #expect(read("[stage a]\nsteps = 3\n[stage b]\nsteps = 1\n") == "no error")
    #expect(
      read("steps = 2\n[stage a]\nsize = 200")
        == "stage 'a': size 200 is not a multiple of 64 | take 128, 256 or 512")
    #expect(
      read("[stage a]\nsize = 32")
        == "c.txt:2: '32' is no value for 'size': it takes a whole number from 64 to 2048")
    #expect(
      read("[stage a]\nsize = 128").hasPrefix("stage 'a': it is not said how long to train"))
    #expect(
      read("steps = 3\n[stage a]\nunit-features = 1").hasPrefix(
        "stage 'a': losses on features need the weights of VGG-16"))
    #expect(
      read("[stage a]\nwidth = 8")
        == "c.txt:2: 'width' holds for the whole run: a stage can't set it | set it before the first stage")
    #expect(read("[a]") == "c.txt:1: '[a]' begins no stage | write '[stage NAME]', as in '[stage rough]'")
    #expect(read("[stage ../a]").hasPrefix("c.txt:1: '../a' is no name for a stage"))
    #expect(read("[stage ]").hasPrefix("c.txt:1: "))
    #expect(read("[stage a]\n[stage a]") == "c.txt:2: there is a stage 'a' already")
    #expect(
      read("steps = 1\nbatch = 3\nseeds = 1").hasPrefix("'seeds' compares pairs of a batch, and 3 is odd"))
    #expect(
      read("steps = 1\nvgg16 = v\n[stage a]\nfeature-crop = 20\nfeature-adversarial = 1").hasPrefix(
        "stage 'a': feature-crop 20 is not a multiple of 8"))
    #expect(read("a.steps = 3") == "c.txt:1: there is no stage 'a'")
    #expect(read("[stage a]\ndepth = 3").hasPrefix("c.txt:2: there is no option 'depth'"))
    func stage(_ text: String) -> String {
      message {
        var configuration = TrainingConfiguration()
        try configuration.readStage(text)
      }
    }
    #expect(stage("a").hasPrefix("--stage takes NAME:OPTION=VALUE,OPTION=VALUE, not 'a'"))
    #expect(stage("a:steps") == "stage 'a': 'steps' is not of the form OPTION=VALUE")
    #expect(stage("a:steps=x").hasPrefix("stage 'a': 'x' is no value for 'steps'"))
  }

  @Test("a fault in a later stage is found before any work, and a run goes on only with its own stages")
  func before() throws {
    let scratch = try Scratch.withTrainingSet()
    var configuration = try staged(scratch)
    try configuration.set("sharp.size", to: "160")
    #expect(message { try train(scratch, "new", configuration) }.hasPrefix("stage 'sharp': size 160"))
    try writeVGG(to: scratch.file("vgg.safetensors"), wrongShape: true)
    try configuration.set("sharp.size", to: "128")
    #expect(message { try train(scratch, "new", configuration) }.contains("tensor 'features.7.weight'"))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("new")))

    configuration = try staged(scratch)
    try train(scratch, "run", configuration, stopAfter: 4)
    let state = try scratch.bytes("run/checkpoint.safetensors")
    var other = configuration
    try other.set("fine.batch", to: "2")
    #expect(
      message { try train(scratch, "run", other, resume: true) }.hasPrefix(
        "the run in '\(scratch.file("run"))' has batch 1, not 2"))
    #expect(
      message { try train(scratch, "run", shortRun(), resume: true) }.contains(
        "is in its stage 2, 'fine', which these options lack"))
    #expect(try scratch.bytes("run/checkpoint.safetensors") == state)
    // What is still to come may change.
    try configuration.set("sharp.steps", to: "1")
    #expect(try train(scratch, "run", configuration, resume: true) == .finished)
  }

  @Test(
    "a run that lacks files of its checkpoint makes them when it goes on, and clears what was half written")
  func killedWhileWriting() throws {
    let scratch = try Scratch.withTrainingSet()
    var configuration = shortRun(steps: 4)
    configuration.checkpointSteps = 2
    try train(scratch, "whole", configuration)
    try train(scratch, "killed", configuration, stopAfter: 2)
    let manager = FileManager.default
    for name in ["samples/0000002.png", "samples.png", "model.safetensors", "metrics.csv"] {
      try manager.removeItem(atPath: scratch.file("killed/" + name))
    }
    try scratch.write("killed/checkpoint.safetensors.a1B2c3.fedit-tmp", [1, 2, 3])
    try scratch.write("killed/samples/0000002.png.a1B2c3.fedit-tmp", [1, 2, 3])
    try scratch.write("killed/notes.txt", [1, 2, 3])
    try train(scratch, "killed", configuration, resume: true)
    for name in ["samples/0000002.png", "samples/0000004.png", "samples.png", "model.safetensors"] {
      #expect(try scratch.bytes("killed/" + name) == scratch.bytes("whole/" + name))
    }
    let names = try manager.subpathsOfDirectory(atPath: scratch.file("killed"))
    #expect(!names.contains { $0.hasSuffix(".fedit-tmp") } && names.contains("notes.txt"))
  }

  @Test("the average's decay is the power that halves weights after so many pictures")
  func average() throws {
    let scratch = try Scratch.withTrainingSet()
    // With a half-life far below a batch, the average is the weights themselves.
    var configuration = shortRun(steps: 3)
    configuration.averagePictures = 1
    configuration.batch = 30
    (configuration.adversarial, configuration.featureMatching, configuration.gradientPenalty) = (0, 0, 0)
    try train(scratch, "short", configuration)
    let state = try SafetensorsFile(path: scratch.file("short/checkpoint.safetensors"))
    let (values, average) = (
      try state.floats(named: "generator.values"), try state.floats(named: "generator.average")
    )
    #expect(zip(values, average).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($0)) })
  }
}
