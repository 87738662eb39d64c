import FeditGenerator
import FeditPixels
import FeditTestSupport
import FeditTraining
import FeditWeights
import Foundation
import Testing

@Suite struct MeasureTests {
  private func evaluation(_ set: TrainingSet, threads: Int = 2) -> Evaluation {
    Evaluation(set: set, pictures: 2, size: 128, seed: 1, threads: threads)
  }

  /// A grey picture of 128 pixels, changed pixel by pixel.
  private func picture(_ level: (_ x: Int, _ y: Int) -> Float) -> [Float] {
    (0..<128 * 128).flatMap { p -> [Float] in
      let value = level(p % 128, p / 128)
      return [value, value, value]
    }
  }

  @Test("lines drawn as ink have more contrast than the picture's own")
  func ink() throws {
    let scratch = try Scratch()
    let evaluation = evaluation(try scratch.trainingSet(pictures: 2))
    var sketch = [Float](repeating: 0, count: 128 * 128)
    for i in 10..<118 { sketch[i * 128 + 64] = 1 }
    let edge = evaluation.lineContrast(picture { x, _ in x < 64 ? 100 : 140 }, sketch)
    let inked = evaluation.lineContrast(picture { x, _ in x == 64 ? 20 : x < 64 ? 100 : 140 }, sketch)
    let smooth = evaluation.lineContrast(picture { _, _ in 120 }, sketch)
    #expect(abs(edge - 20) < 1 && abs(inked - 100) < 1 && smooth < 0.01)
  }

  @Test("a weave of period 8 is measured in levels; noise, slopes and what only one area has are none")
  func grid() throws {
    let scratch = try Scratch()
    let evaluation = evaluation(try scratch.trainingSet(pictures: 2))
    var areas = [Plane](repeating: Plane(width: 128, height: 128), count: 2)
    for p in 0..<128 * 128 { areas[p % 128 < 64 ? 0 : 1].pixels[p] = 1 }
    func gridEnergy(_ picture: [Float], _ areas: [Plane]) -> Double? {
      evaluation.gridEnergy(of: evaluation.texture(picture), areas)
    }
    // A wave of amplitude 2 across: its root mean square is √2.
    let wave: [Float] = [0, 1.414, 2, 1.414, 0, -1.414, -2, -1.414]
    let woven = try #require(gridEnergy(picture { x, _ in 20 + wave[x % 8] }, areas))
    #expect(abs(woven.squareRoot() - 1.4) < 0.15)
    var random = SeededRandom(seed: 4)
    let noise = try #require(
      gridEnergy(picture { _, _ in 20 + random.number(-4...4) }, areas))
    #expect(abs(noise) < 0.03)
    let slope = try #require(gridEnergy(picture { x, y in Float(x + y) / 4 }, areas))
    #expect(abs(slope) < 0.01)
    let oneSided = try #require(
      gridEnergy(picture { x, _ in x < 64 ? 20 + wave[x % 8] : 20 }, areas))
    #expect(abs(oneSided) < 0.1)
    #expect(gridEnergy(picture { _, _ in 1 }, [Plane(width: 128, height: 128)]) == nil)
  }

  @Test("an evaluation has every measure, the same for one thread and for two")
  func report() throws {
    let scratch = try Scratch()
    let set = try scratch.trainingSet(pictures: 24)
    var configuration = TrainingConfiguration()
    (configuration.width, configuration.size, configuration.batch, configuration.steps) = (2, 128, 1, 1)
    configuration.validationPictures = 1
    _ = try TrainingRun(
      sets: [scratch.file("set")], folder: scratch.file("run"), configuration: configuration, resume: false,
      threads: 2
    ).run(isCancelled: { false }, observer: { _ in })
    let weights = try SafetensorsFile(path: scratch.file("run/model.safetensors"))
    var reports: [Evaluation.Report] = []
    for threads in 1...2 {
      let generator = try Generator(model: GeneratorModel(weights: weights), threads: threads)
      var done = 0
      let evaluation = evaluation(set, threads: threads)
      let outcome = try #require(try evaluation.run(model: generator, progress: { done = $0 }))
      #expect(done == evaluation.taskCount(models: 1))
      reports.append(outcome.report)
    }
    for i in reports.indices {
      #expect(reports[i].entries[0].measures?.milliseconds ?? 0 > 0)
      reports[i].entries[0].measures?.milliseconds = nil
    }
    #expect(reports[0] == reports[1])
    let measures = try #require(reports[0].entries[0].measures)
    #expect(Set(measures.hands.keys) == ["traced", "thick", "few-points", "sparse"])
    #expect(measures.hands.values.allSatisfy { $0.ink.isFinite && $0.psnr > 0 })
    #expect(Set(measures.wantedColors.keys) == ["2.5", "7", "12", "20"])
    #expect(measures.wantedColors.values.allSatisfy { (0...255).contains($0) })
    #expect(measures.seeds != nil && measures.toneStep != nil && measures.eyeMatch != nil)
    // These pictures have no landmarks, so no background and no part is known.
    #expect(measures.background == nil && measures.drawnParts == nil && measures.drawnTexture == nil)
    #expect(reports[0].entries.last?.figures["sketch"]?.ink == 1)
  }

  @Test("each line of the figures says by itself what was measured, and of what")
  func lines() throws {
    let text = """
      {"hands": {"sparse": {"features": 0.25, "psnr": 20, "ink": 1}}, "wantedColors": {}, "drawnParts": 0.1,
      "drawnTexture": 0.5, "gridLevel": 0.2, "darkTexture": 1.25}
      """
    let measures = try JSONDecoder().decode(Measures.self, from: Data(text.utf8))
    let lines = measures.lines.map { "\($0.title): \($0.value)" }
    #expect(
      lines == [
        "sketch sparse: PSNR 20.00  VGG 0.250  ink 1.00",
        "wanted colours: 2.5 px –, 7 px –, 12 px –, 20 px – (levels, by radius)", "drawn parts: VGG 0.100",
        "texture in drawn parts: 0.50 of the photo's", "weave in dark fills: 0.20 levels",
        "texture in dark fills: 1.25 levels",
      ])
    #expect(measures.lines.allSatisfy { $0.title.count < 24 })
  }
}
