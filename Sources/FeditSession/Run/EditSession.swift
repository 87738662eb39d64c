import FeditFiles
import FeditGenerator
import FeditImage
import FeditPixels
import FeditPlan
import FeditProgram
import FeditRaster
import FeditSyntax
import FeditText
import Foundation

/// What a session works with.
public struct SessionOptions: Sendable {
  /// What is kept between runs.
  public enum Keeping: Hashable, Sendable {
    /// Nothing but the prepared generator: for one run, or a different photo each time.
    case nothing
    /// The decoded photo, each edit's result and its activations, in about so many bytes at most,
    /// so that the next run does only what changed.
    case results(bytes: Int)
  }

  /// The folder that paths in scripts stay below.
  public var root: String
  /// Threads of the generator; results do not depend on it.
  public var threads: Int
  /// How large pictures may be that are read.
  public var pictureLimits = PictureLimits()
  /// What is kept between runs.
  public var keeping = Keeping.nothing

  /// A session below a folder, with all cores unless fewer are asked for, that keeps nothing.
  public init(root: String, threads: Int = ProcessInfo.processInfo.activeProcessorCount) {
    self.root = root
    self.threads = threads
  }
}

/// Checks scripts and runs their plans; what every command, the REPL and batches share.
///
/// Use it from one task at a time.
public final class EditSession {
  /// What the session works with.
  public let options: SessionOptions
  /// What its scripts see of the disk.
  public let world: DiskWorld

  private let prepared: PreparedGenerator
  /// For plans with several frames, and between runs.
  private let kept: KeptFrames
  /// What the records stand on.
  private var base: Base?
  private var records: [Record] = []

  private struct Base: Equatable {
    var photo: PlanPhoto
    var photoStamp: FileStamp?
    var model: PlanModel
    /// Of all weight files.
    var modelStamps: [FileStamp?]
    var region: PlanRegion
  }

  /// What an edit came to.
  struct Record {
    /// Without what does not change the pixels.
    var edit: PlanEdit
    var images: [String: FileStamp?]
    /// The photo in the edit's first square before the edit, and that square.
    var region: [Float] = []
    var square: PlanRegion?
    /// What it changed; nil where nothing.
    var patch: PicturePatch?
    var maskedPixels = 0
    var recoloredPixels = 0
    var healedPixels = 0
    var warpedPixels = 0
    /// `heal` strokes that could not be.
    var notHealed: [RunWarning] = []
    /// Pixels of the mask that no square holds.
    var leftOut = 0
    var isGenerated = false
    var clipped = ClippedGuidance()

    var byteCount: Int { region.count * 4 + (patch?.byteCount ?? 0) }
  }

  /// A session that has nothing prepared.
  public init(options: SessionOptions) {
    self.options = options
    world = DiskWorld(
      root: options.root, pictureLimits: options.pictureLimits, threads: options.threads)
    prepared = PreparedGenerator()
    kept = KeptFrames(keeping: options.keeping)
  }

  /// A session for another thread that shares the models of a first one, and its prepared generator:
  /// with one thread each, any number of sessions may run side by side.
  ///
  /// - Parameters:
  ///   - options: with the same number of threads as the first session's.
  ///   - models: the first session's.
  public init(options: SessionOptions, sharing models: SharedModels) {
    self.options = options
    world = DiskWorld(
      root: options.root, pictureLimits: options.pictureLimits, sharingModelsOf: models.world)
    prepared = models.prepared
    kept = KeptFrames(keeping: options.keeping)
  }

  /// What sessions of other threads may share.
  public var sharedModels: SharedModels { SharedModels(world: world, prepared: prepared) }

  // MARK: Checking

  /// Checks a script, without touching pixels.
  public func check(_ script: ScriptFile, options: PlanOptions) -> ProgramResult {
    check(source: script.source, path: script.path, problems: script.problems, options: options)
  }

  /// Checks a script, without touching pixels.
  ///
  /// - Parameters:
  ///   - source: the script's text.
  ///   - path: absolute; what relative paths start from.
  ///   - problems: what reading it has found already.
  ///   - options: what the command line sets.
  /// - Returns: the plan, or what is wrong.
  public func check(
    source: SourceText, path: String, problems: [Diagnostic] = [], options: PlanOptions
  ) -> ProgramResult {
    FeditProgram.plan(source, path: path, problems: problems, world: world, options: options)
  }

  /// What can be said of a plan's edits by drawing their layers, without the photo's pixels and
  /// without the generator: empty masks, strokes outside the mask, fills that are enlarged.
  ///
  /// - Throws: `UserError` where an image of the script can't be read.
  public func warnings(of plan: Plan, control: RunControl = RunControl()) throws -> [RunWarning] {
    var result = PlanWarnings.enlargement(plan)
    for edit in plan.edits {
      if control.isCancelled() { throw UserError.cancelled }
      let images = try images(of: edit)
      result += try outsidePhoto(edit, plan, images)
      guard edit.hasMask, !edit.isHealed else { continue }
      let parts = try parts(of: edit, in: plan, images)
      if parts.leftOut > 0 { result.append(PlanWarnings.leftOut(parts.leftOut, edit)) }
      guard !parts.squares.isEmpty else {
        if parts.leftOut == 0 { result.append(PlanWarnings.emptyMask(edit)) }
        continue
      }
      result += PlanWarnings.clipped(try clipped(of: edit, parts, plan, images), of: edit, in: plan)
      result += PlanWarnings.thinColors(plan, edit)
    }
    return result
  }

  // MARK: Models and layers

  /// The model of a plan, opened and checked.
  ///
  /// - Throws: `UserError`.
  public func model(for plan: Plan) throws -> LoadedModel { try model(plan.model) }

  /// A model that a plan names, opened and checked.
  ///
  /// - Throws: `UserError`.
  public func model(_ model: PlanModel) throws -> LoadedModel {
    do { return try world.loadedModel(model) } catch { throw UserError(error) }
  }

  /// The generator of a plan's model; its weights are prepared once.
  ///
  /// - Throws: `UserError`.
  public func generator(for plan: Plan) throws -> Generator { try generator(for: try model(for: plan)) }

  private func generator(for model: LoadedModel) throws -> Generator {
    // The old ones' memory is given back first.
    if !prepared.hasRoom(for: model) { kept.forget() }
    do {
      return try prepared.generator(for: model, threads: options.threads)
    } catch let error as GeneratorError {
      throw UserError(error, model: model.source.name)
    }
  }

  /// Chooses the engine of this process; what another one has computed is done again.
  ///
  /// - Throws: `UserError` where it can't run here.
  public func use(_ engine: Engine) throws {
    guard engine != .current else { return }
    do { try engine.use() } catch { throw UserError(error, model: "") }
    prepared.forget()
    kept.forget()
    records = []
  }

  /// The layers of one edit, at the generator's size: of its first square, where there are several.
  ///
  /// - Throws: `UserError`.
  public func layers(of edit: PlanEdit, in plan: Plan) throws -> Layers {
    let all = try squareLayers(of: edit, in: plan)
    guard let first = all.first else { preconditionFailure("an edit has a square") }
    return first
  }

  /// The layers of one edit, at the generator's size, square by square.
  ///
  /// - Returns: At least one.
  /// - Throws: `UserError`.
  public func squareLayers(of edit: PlanEdit, in plan: Plan) throws -> [Layers] {
    let images = try images(of: edit)
    let parts = try parts(of: edit, in: plan, images).squares
    return try drawing {
      if parts.isEmpty, let first = edit.squares(in: plan).first {
        return [
          try Rasterizer.layers(
            of: edit, in: first, photo: plan.photo, images: images, mask: .empty, pens: plan.region)
        ]
      }
      return try parts.map { part in
        try Rasterizer.layers(
          of: edit, in: part.square, photo: plan.photo, images: images, mask: part.mask, pens: plan.region)
      }
    }
  }

  /// What of an edit's mask its squares hold.
  struct Parts {
    /// In the order in which they run; none without a masked pixel.
    var squares: [(square: PlanRegion, mask: PhotoMask)] = []
    /// Pixels of the mask that lie in no square.
    var leftOut = 0
    /// The least rectangle around all that is held.
    var bounds = PixelRect(x: 0, y: 0, width: 0, height: 0)
  }

  /// Deals out an edit's mask to its squares.
  func parts(of edit: PlanEdit, in plan: Plan, _ images: [String: Picture]) throws -> Parts {
    try drawing {
      var result = Parts()
      var rest = try Rasterizer.wholeMask(of: edit, pens: plan.region, photo: plan.photo, images: images)
      let whole = rest.rect
      for square in edit.squares(in: plan) where !rest.isEmpty {
        let mask = try rest.clipped(to: square)
        guard !mask.isEmpty else { continue }
        rest = rest.subtracting(mask)
        result.squares.append((square, mask))
      }
      result.leftOut = rest.count
      result.bounds = whole
      return result
    }
  }

  /// The photo of a plan, decoded.
  ///
  /// - Throws: `UserError`, also where its size is no longer the plan's.
  public func photo(of plan: Plan) throws -> Picture {
    let picture: Picture
    do {
      picture = try world.pictures.picture(plan.photo.file.path)
    } catch {
      throw UserError(error, name: plan.photo.file.name)
    }
    guard picture.width == plan.photo.width, picture.height == plan.photo.height else {
      throw UserError(
        .data,
        "the photo '\(terminalSafe(plan.photo.file.name))' changed while the script was checked: it is "
          + "\(picture.width)×\(picture.height) now", hints: ["run it again"])
    }
    return picture
  }

  /// The pictures that an edit's `image(…)` strokes name, by path.
  func images(of edit: PlanEdit) throws -> [String: Picture] {
    var result: [String: Picture] = [:]
    for case .image(let file, _) in edit.strokes.map(\.content) where result[file.path] == nil {
      do {
        result[file.path] = try world.pictures.picture(file.path)
      } catch {
        throw UserError(error, name: file.name)
      }
    }
    return result
  }

  func drawing<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as RasterError { throw UserError(.data, "\(error)") }
  }

  // MARK: Running

  /// Runs a plan.
  ///
  /// Nothing is written to the disk; what the script saves goes to the observer when its place is
  /// reached. Where the session keeps results, only the edits from the first changed one on are done,
  /// and of their layers only what the change can reach.
  ///
  /// - Parameters:
  ///   - plan: from `check`.
  ///   - control: stops the run; its progress is that of the current edit.
  ///   - collectsSaves: whether the result holds all saved pictures, too.
  ///   - observer: told of edits, warnings and saves, on the caller's thread; what it throws ends the run.
  /// - Returns: the picture, and what was done on the way.
  /// - Throws: `UserError`; what the observer throws.
  public func run(
    _ plan: Plan, control: RunControl = RunControl(), collectsSaves: Bool = true,
    observer: (RunEvent) throws -> Void = { _ in }
  ) throws -> RunResult {
    func checkCancelled() throws { if control.isCancelled() { throw UserError.cancelled } }
    try checkCancelled()
    forget(unless: plan)
    var picture = try photo(of: plan)
    if options.keeping == .nothing { world.pictures.keepOnly([]) }
    var result = RunResult(picture: picture, saves: [], edits: [], warnings: [])
    // One reference to the samples, so that they are changed in place.
    result.picture.samples = .eight([])
    func warn(_ warnings: [RunWarning]) throws {
      for warning in warnings {
        result.warnings.append(warning)
        try observer(.warning(warning))
      }
    }
    try warn(PlanWarnings.enlargement(plan))
    let edits = plan.edits
    var position = 0
    var drawn: [PlanEdit] = []
    for (step, content) in plan.steps.enumerated() {
      try checkCancelled()
      switch content {
      case .edit(let edit):
        try observer(.began(edit, position: position, count: edits.count))
        let (report, warnings) = try run(
          edit, position: position, count: edits.count, of: plan, on: &picture, control: control)
        result.edits.append(report)
        try observer(.finished(report))
        try warn(warnings)
        drawn.append(edit)
        position += 1
      case .save(let file, let quality):
        let save = RunSave(step: step, file: file, quality: quality, content: .picture(picture))
        if collectsSaves { result.saves.append(save) }
        try observer(.save(save))
      case .saveLayers(let file):
        let content: RunSave.Content =
          try layersFile(file.name, of: drawn, in: plan, result: picture).map { .file($0) }
          ?? .layers(try drawn.map { (number: $0.index + 1, layers: try squareLayers(of: $0, in: plan)) })
        let save = RunSave(step: step, file: file, content: content)
        if collectsSaves { result.saves.append(save) }
        try observer(.save(save))
      }
    }
    if records.count > position { records.removeSubrange(position...) }
    result.picture = picture
    return result
  }

  /// Lets go of what does not hold for a plan.
  private func forget(unless plan: Plan) {
    let now = Base(
      photo: plan.photo, photoStamp: FileStamp(plan.photo.file.path), model: plan.model,
      modelStamps: plan.modelFiles.map { FileStamp($0.path) }, region: plan.region)
    if base != now {
      records = []
      base = now
    }
    var needed: Set = [plan.photo.file.path]
    for edit in plan.edits {
      for case .image(let file, _) in edit.strokes.map(\.content) { needed.insert(file.path) }
    }
    world.pictures.keepOnly(needed)
  }

  private func run(
    _ edit: PlanEdit, position: Int, count: Int, of plan: Plan, on picture: inout Picture,
    control: RunControl
  ) throws -> (EditReport, [RunWarning]) {
    let key = edit.withoutPlaces
    let stamps = edit.imageStamps
    if position < records.count, records[position].edit == key, records[position].images == stamps {
      let record = records[position]
      record.patch?.put(into: &picture)
      return (
        report(edit, record, isReused: true, timings: .init()), warnings(edit, record, plan)
      )
    }
    // The region before this edit still holds where only the edit itself changed.
    let known = position < records.count ? records[position] : nil
    if position < records.count { records.removeSubrange(position...) }
    let (record, timings) = try generate(
      edit, known: known, position: position, count: count, of: plan, on: &picture, control: control)
    if case .results(let bytes) = options.keeping, records.count == position {
      let kept = records.reduce(0) { $0 + $1.byteCount } + record.byteCount
      if kept <= bytes { records.append(record) }
    }
    return (report(edit, record, isReused: false, timings: timings), warnings(edit, record, plan))
  }

  private func warnings(_ edit: PlanEdit, _ record: Record, _ plan: Plan) -> [RunWarning] {
    var leftOut = record.leftOut > 0 ? [PlanWarnings.leftOut(record.leftOut, edit)] : []
    if edit.recolors, record.recoloredPixels == 0 {
      leftOut.append(PlanWarnings.nothingRecolored(edit, plan.photo))
    }
    if edit.warps, record.warpedPixels == 0 {
      leftOut.append(PlanWarnings.nothingWarped(edit, plan.photo))
    }
    leftOut += record.notHealed
    guard record.isGenerated else {
      return edit.hasMask && !edit.isHealed && leftOut.isEmpty ? [PlanWarnings.emptyMask(edit)] : leftOut
    }
    return leftOut + PlanWarnings.clipped(record.clipped, of: edit, in: plan)
      + PlanWarnings.thinColors(plan, edit)
  }

  private func report(
    _ edit: PlanEdit, _ record: Record, isReused: Bool, timings: EditReport.Timings
  ) -> EditReport {
    EditReport(
      name: edit.name, index: edit.index, seed: edit.seed, maskedPixels: record.maskedPixels,
      recoloredPixels: record.recoloredPixels, healedPixels: record.healedPixels,
      warpedPixels: record.warpedPixels, leftOut: record.leftOut,
      isGenerated: record.isGenerated,
      isReused: isReused, timings: timings)
  }

  private func generate(
    _ edit: PlanEdit, known: Record?, position: Int, count: Int, of plan: Plan, on picture: inout Picture,
    control: RunControl
  ) throws -> (Record, EditReport.Timings) {
    func checkCancelled() throws { if control.isCancelled() { throw UserError.cancelled } }
    var timings = EditReport.Timings()
    var record = Record(edit: edit.withoutPlaces, images: edit.imageStamps)
    guard edit.hasMask || edit.retouches else { return (record, timings) }
    let images = try images(of: edit)
    let parts = edit.hasMask && !edit.isHealed ? try parts(of: edit, in: plan, images) : Parts()
    record.leftOut = parts.leftOut
    var changed = try warp(edit, in: &picture, &record, &timings) + parts.squares.map(\.mask)
    if !parts.squares.isEmpty {
      record.clipped = try clipped(of: edit, parts, plan, images)
      try fill(
        edit, parts, known: known, position: position, isLone: count == 1, of: plan, on: &picture, images,
        &record,
        &timings, control: control)
    }
    try checkCancelled()
    changed += try heal(edit, of: plan, in: &picture, images, &record, &timings)
    try checkCancelled()
    changed += try recolor(edit, of: plan, in: &picture, images, &record, &timings)
    if options.keeping != .nothing { record.patch = PicturePatch(of: picture, around: changed) }
    return (record, timings)
  }

  /// Generates the squares of an edit and puts them into the picture.
  private func fill(
    _ edit: PlanEdit, _ parts: Parts, known: Record?, position: Int, isLone: Bool, of plan: Plan,
    on picture: inout Picture, _ images: [String: Picture], _ record: inout Record,
    _ timings: inout EditReport.Timings, control: RunControl
  ) throws {
    func checkCancelled() throws { if control.isCancelled() { throw UserError.cancelled } }
    var watch = Stopwatch()
    let model = try model(plan.model(of: edit))
    let generator = try generator(for: model)
    // One frame and nothing to come: no activations need be kept.
    let isLone = isLone && options.keeping == .nothing
    // Of the photo as it was before anything is filled.
    let grain = edit.grainAmount.flatMap { amount in
      parts.squares.first.flatMap { Grain(around: $0.mask, in: picture) }.map {
        (grain: $0, seed: edit.seed, edit: edit.index, amount: Float(amount))
      }
    }
    for (index, part) in parts.squares.enumerated() {
      try checkCancelled()
      let pass = SquarePass(
        edit: edit, plan: plan, square: part.square, mask: part.mask, images: images,
        order: model.model.channelOrder, key: KeptFrames.Key(position: position, square: index)
      ) { inputs, area, key in
        try self.kept.generate(
          inputs, area: area, key: isLone ? nil : key, generator: generator, control: control)
      }
      let layers = try drawing { try pass.layers() }
      // What was sampled before a warp shows the picture unmoved.
      let isKnown = index == 0 && known?.square == part.square && known?.edit.warps == false && !edit.warps
      let region =
        isKnown
        ? known?.region ?? []
        : Resampler.sampleRegion(picture, toPhoto: part.square.toPhoto, size: part.square.size)
      if index == 0, options.keeping != .nothing {
        record.region = region
        record.square = part.square
      }
      timings.layers += watch.lap()
      let fill: Fill
      do {
        fill = try drawing { try pass.fill(layers, region: region, photo: picture) }
      } catch let error as GeneratorError {
        throw UserError(error, model: model.source.name)
      }
      timings.generator += watch.lap()
      try checkCancelled()
      Compositor.composite(
        fill, into: &picture, mask: part.mask, side: part.square.side,
        finish: Compositor.Finish(edge: edit.transition, grain: grain))
      record.maskedPixels += part.mask.count
      record.isGenerated = true
      timings.composite += watch.lap()
    }
  }

  // MARK: What was lost

  /// How much of an edit's strokes lies outside its mask, stroke by stroke where something does: as its first
  /// square shows it.
  private func clipped(
    of edit: PlanEdit, _ parts: Parts, _ plan: Plan, _ images: [String: Picture]
  ) throws -> ClippedGuidance {
    var result = ClippedGuidance()
    // With several squares, what one does not hold another does.
    guard let part = parts.squares.first, parts.squares.count == 1 else { return result }
    func drawn(_ edit: PlanEdit) throws -> Layers {
      try drawing {
        try Rasterizer.layers(
          of: edit, in: part.square, photo: plan.photo, images: images, mask: part.mask, pens: plan.region)
      }
    }
    guard edit.strokes.contains(where: { $0.layer != .mask }) else { return result }
    let layers = try drawn(edit)
    for layer in [PlanLayer.sketch, .color] {
      let lost = layer == .sketch ? layers.clippedSketch : layers.clippedColor
      guard lost > 0 else { continue }
      let total = layer == .sketch ? layers.sketchCount : layers.colorCount
      result[layer] = ClippedGuidance.Loss(lost: lost, drawn: total, stroke: 0)
      guard PlanWarnings.isWorthSaying(lost: lost, of: total) else { continue }
      // The stroke that loses most; where there are very many, the first stands for them.
      let candidates = edit.strokes.indices.filter {
        edit.strokes[$0].layer == layer && !edit.strokes[$0].isErase
      }
      var worst = (stroke: candidates.first ?? 0, lost: -1)
      for index in candidates.count <= 64 ? candidates : [] {
        var alone = edit
        alone.strokes = [edit.strokes[index]]
        let layers = try drawn(alone)
        let lost = layer == .sketch ? layers.clippedSketch : layers.clippedColor
        if lost > worst.lost { worst = (index, lost) }
      }
      result[layer]?.stroke = worst.stroke
    }
    return result
  }
}
