import FeditFiles
import FeditImage
import FeditPlan
import FeditProgram
import FeditProvenance
import FeditSession
import FeditSyntax
import FeditText
import Foundation

/// Makes rows, one after the other, on one thread at a time.
final class BatchWorker {
  private let recipe: BatchRecipe
  private let folder: String
  private let earlier: EarlierResults
  private let sheet: BatchSheet?
  private let session: EditSession

  init(
    recipe: BatchRecipe, folder: String, earlier: EarlierResults, sheet: BatchSheet?,
    sharing models: SharedModels
  ) {
    self.recipe = recipe
    self.folder = folder
    self.earlier = earlier
    self.sheet = sheet
    session = EditSession(options: recipe.session, sharing: models)
  }

  /// A row that is finished but for writing its result.
  struct Row {
    var record: BatchRecord
    /// The result's bytes and what writes them; nil where it is there already, or the row has failed.
    fileprivate(set) var result: (bytes: [UInt8], writer: PictureOutput)?
    /// Photo and result for the sheet, where one is made.
    fileprivate(set) var pair: Picture?
    /// Why no other result can be written either.
    private(set) var diskFault: FileError?

    /// Writes the result, where there is one to be written.
    mutating func write(to folder: String) {
      guard let (bytes, writer) = result, let name = record.output?.name else { return }
      do throws(FileError) {
        try writer.write(bytes, to: folder + "/" + name, name: name, links: .refused)
        record.status = .done
      } catch {
        if error.isStorageFull { diskFault = error }
        fail(error.description)
      }
    }

    fileprivate mutating func fail(_ reason: String) {
      record.status = .failed
      record.error = reason
      record.output?.sha256 = nil
      record.madeFrom = nil
      result = nil
    }
  }

  /// Why a row was not made.
  private struct RowProblem: Error {
    var message: String
  }

  /// Makes a row, unless its result is there already.
  ///
  /// - Parameters:
  ///   - item: the row.
  ///   - budget: memory for photos; a row takes its share while it is made.
  /// - Returns: the row; its result is still to be written.
  func row(_ item: BatchItem, budget: MemoryBudget) -> Row {
    var row = Row(record: BatchRecord(item, settings: recipe.settings(of: item)))
    do {
      if let problem = item.problem { throw RowProblem(message: problem) }
      // Before a recipe that is fine is blamed.
      let size = try PictureFile.size(item.photo.path, limits: recipe.session.pictureLimits)
      try budget.with(size.width * size.height * Self.bytesPerPixel) { try make(item, &row) }
    } catch {
      row.fail(Self.reason(error, item))
      row.pair = sheet?.pair(failed: item.problem == nil ? readable(item, budget) : nil)
    }
    return row
  }

  /// What a photo takes while it is worked on: decoded, copied once for the edit, and encoded, at up to 16 bits
  /// and four channels.
  private static let bytesPerPixel = 24

  /// The photo of a row that failed, where it can be read.
  private func readable(_ item: BatchItem, _ budget: MemoryBudget) -> Picture? {
    let limits = recipe.session.pictureLimits
    guard sheet != nil, let size = try? PictureFile.size(item.photo.path, limits: limits) else { return nil }
    return budget.with(size.width * size.height * Self.bytesPerPixel) {
      try? PictureFile.read(item.photo.path, limits: limits)
    }
  }

  private func make(_ item: BatchItem, _ row: inout Row) throws {
    let stamp = FileStamp(item.photo.path)
    row.record.photo.sha256 = try session.world.sha256(of: item.photo.path)
    let options = recipe.options(for: item)
    let result = session.check(recipe.script, options: options)
    let plan = try Self.plan(of: result)
    row.record.warnings = result.diagnostics.filter { $0.severity == .warning }.map(Self.line)
    let provenance = try Provenance(
      result, plan: plan, script: recipe.script, options: options, session: session,
      keepsPosition: recipe.keepsPosition, quality: recipe.quality)
    let lock = provenance.lock
    row.record.model = .init(name: lock.model.name, sha256: lock.model.sha256)
    row.record.inputs = lock.uses.merging(lock.images) { first, _ in first }
    let texts = recipe.putsMetadata ? try provenance.texts(step: plan.steps.count) : Provenance.label
    let madeFrom = Self.digest(lock, texts)
    row.record.madeFrom = madeFrom
    for known in earlier.records(of: item.output) where known.madeFrom == madeFrom {
      if let hash = known.output?.sha256, hash == (try? SHA256.hex(file: folder + "/" + item.output)) {
        row.record.output?.sha256 = hash
        row.record.warnings = known.warnings
        row.record.status = .done
        if let sheet {
          let result = try PictureFile.read(folder + "/" + item.output, limits: recipe.session.pictureLimits)
          row.pair = try sheet.pair(session.photo(of: plan), result, of: plan, session: session)
        }
        return
      }
    }
    // Before the run, which lets go of it.
    let photo = try sheet.map { _ in try session.photo(of: plan) }
    let run = try session.run(plan, collectsSaves: false)
    let sources = result.sources.map(\.source)
    row.record.warnings += run.warnings.map { Self.line($0.diagnostic(in: sources)) }
    var writer = PictureOutput(inputs: OutputGuard(plan, script: recipe.script)) { _ in texts }
    writer.keepsPosition = recipe.keepsPosition
    let bytes = try writer.encode(
      run.picture, step: plan.steps.count, as: PictureFormat(savingAs: item.output), quality: recipe.quality)
    guard FileStamp(item.photo.path) == stamp else {
      throw RowProblem(message: "the photo changed while it was worked on")
    }
    if let sheet, let photo { row.pair = try sheet.pair(photo, run.picture, of: plan, session: session) }
    row.record.output?.sha256 = SHA256.hex(bytes)
    row.result = (bytes, writer)
  }

  /// The SHA-256 over all that the result's bytes depend on: what it is made from, and what it says of that.
  private static func digest(_ lock: Lock, _ texts: [PNGText]) -> String {
    SHA256.hex(lock.text + texts.map { "\0\($0.keyword)\0\($0.text)" }.joined())
  }

  private static func plan(of result: ProgramResult) throws -> Plan {
    if let error = result.diagnostics.first(where: { $0.severity == .error }) {
      throw RowProblem(message: line(error))
    }
    if let error = result.usageErrors.first { throw RowProblem(message: error) }
    guard let plan = result.plan else { throw RowProblem(message: "the recipe comes to nothing") }
    return plan
  }

  private static func line(_ diagnostic: Diagnostic) -> String {
    let source = diagnostic.range.source
    let place = source.location(of: diagnostic.range.span.start)
    return "\(source.name):\(place.line):\(place.column): \(diagnostic.message)"
  }

  private static func reason(_ error: any Error, _ item: BatchItem) -> String {
    switch error {
    case let error as RowProblem: error.message
    case let error as PictureError: UserError(error, name: item.photo.name).message
    default: "\(error)"
    }
  }
}
