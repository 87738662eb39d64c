import Foundation

/// The training sets that a run learns from: one, or several, also of pictures of different sizes.
public struct TrainingData: Sendable {
  /// A picture of one of the sets.
  struct Place: Sendable, Hashable {
    var set: Int
    var index: Int
  }

  /// The sets in the order in which they were given.
  public let sets: [TrainingSet]
  /// The pictures to train on, the first set's first.
  let training: [Place]
  /// The pictures to measure on.
  let validation: [Place]

  /// How many pictures there are to train on, and how many to measure on.
  public var counts: (training: Int, validation: Int) { (training.count, validation.count) }

  /// The sets' names, for people.
  public var name: String {
    sets.map { URL(fileURLWithPath: $0.folder).lastPathComponent }.joined(separator: ", ")
  }

  /// The same for the same sets in the same order.
  var fingerprint: String { sets.map(\.fingerprint).joined(separator: "\n") }

  /// Sets that are open already.
  public init(_ sets: [TrainingSet]) {
    precondition(!sets.isEmpty)
    self.sets = sets
    training = sets.enumerated().flatMap { number, set in set.training.map { Place(set: number, index: $0) } }
    validation = sets.enumerated().flatMap { number, set in
      set.validation.map { Place(set: number, index: $0) }
    }
  }

  /// Opens sets that `fedit prepare` made.
  ///
  /// - Throws: ``TrainingDataError`` where a set is damaged or is given twice, or where no picture is left to train
  ///   on.
  public init(folders: [String]) throws(TrainingDataError) {
    var seen: Set<String> = []
    var sets: [TrainingSet] = []
    for folder in folders {
      let path = URL(fileURLWithPath: folder).standardizedFileURL.resolvingSymlinksInPath().path
      guard seen.insert(path).inserted else {
        throw TrainingDataError(file: folder, "the set is given twice", hints: ["leave one of them out"])
      }
      sets.append(try TrainingSet(folder: folder))
    }
    self.init(sets)
    guard !training.isEmpty else {
      throw TrainingDataError(
        file: folders.joined(separator: "', '"), "has no picture to train on: all are held out",
        hints: ["prepare more pictures"])
    }
  }

  /// Checks that what is asked for can be made.
  ///
  /// By default parts are recoloured and drawn where they are known, and left as they are elsewhere.
  ///
  /// - Throws: ``TrainingDataError`` where a share of recoloured or drawn parts was chosen and no picture has landmarks.
  func validate(_ options: SampleOptions) throws(TrainingDataError) {
    let needs: [(name: String, share: KeyPath<SampleOptions, Float>)] = [
      ("recolor", \.recolor), ("drawn-parts", \.drawnParts),
    ]
    let byDefault = SampleOptions()
    let chosen = needs.first {
      options[keyPath: $0.share] > 0 && options[keyPath: $0.share] != byDefault[keyPath: $0.share]
    }
    guard let chosen else { return }
    for set in sets where try set.hasFaces { return }
    throw TrainingDataError(
      file: sets.map(\.folder).joined(separator: "', '"),
      "\(chosen.name) = \(options[keyPath: chosen.share]) needs landmarks, and no picture has any",
      hints: [
        "prepare the set again with --annotations FILE.safetensors",
        "or leave \(chosen.name) out, or set it to 0: parts stay as they are",
      ])
  }

  /// A sample of a picture for training.
  func sample(
    _ place: Place, seed: UInt64, size: Int, options: SampleOptions
  ) throws(TrainingDataError) -> TrainingSample {
    try sets[place.set].sample(index: place.index, seed: seed, size: size, options: options)
  }

  /// The sample that a run sees at a position, counted in samples from its beginning.
  package func sample(position: Int, configuration: TrainingConfiguration) throws -> TrainingSample {
    var sequence = SampleSequence(
      data: self, seed: configuration.seed, size: configuration.size, options: configuration.samples)
    return try sequence.maker(at: position)()
  }

  /// One of the fixed tasks of a validation, spread over the held-out pictures; the kinds take turns.
  func validationTask(_ number: Int, of count: Int, size: Int) throws(TrainingDataError) -> TrainingSample {
    let kinds = TaskKind.allCases
    let place = validation[number * validation.count / count]
    return try sets[place.set].task(
      index: place.index, kind: kinds[number % kinds.count], seed: 1, size: size)
  }
}
