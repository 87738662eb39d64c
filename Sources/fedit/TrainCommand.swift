import ArgumentParser
import FeditTraining
import Foundation

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a generator on a prepared set of portraits.")

  @Flag(help: "Time training steps on random numbers; needs neither a set nor a folder.")
  var bench = false
  @Flag(help: "Print the benchmark's figures as JSON.")
  var json = false
  @Option var width = 16
  @Option var size = 256
  @Option var batch = 4
  @Option var threads: Int?
  @Option(help: .hidden) var gradients: String?
  @Option(name: .shortAndLong) var output: String?

  func run() throws {
    let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
    if let gradients, let output {
      try GradientProbe.run(gradients, output: output, threads: threads)
      return
    }
    if bench {
      let result = try TrainingBenchmark(width: width, size: size, batch: batch, threads: threads).run()
      print(
        "{\"pictures_per_second\":{\"generator\":\(result.generator),"
          + "\"with_discriminator\":\(result.withDiscriminator)}}")
    }
  }
}
