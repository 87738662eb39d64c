import FeditFiles
import FeditImage
import FeditPlan
import FeditProgram
import FeditProvenance
import FeditSession
import FeditSyntax
import Foundation

/// Does rows, one after the other, on one thread.
final class BatchWorker {
  private let recipe: BatchRecipe
  private let folder: String
  private let earlier: EarlierResults
  private let session: EditSession

  init(recipe: BatchRecipe, folder: String, earlier: EarlierResults, sharing models: SharedModels) {
    self.recipe = recipe
    self.folder = folder
    self.earlier = earlier
    session = EditSession(options: recipe.session, sharing: models)
  }

  /// Why a row was not done.
  private struct RowProblem: Error {
    var message: String
  }

  /// Does a row, unless its result is there already.
  ///
  /// - Parameters:
  ///   - item: the row.
  ///   - budget: memory for photos; a row takes its share while it works.
  /// - Returns: the record, and whether anything had to be done for it.
  func record(of item: BatchItem, budget: MemoryBudget) -> (record: BatchRecord, isNew: Bool) {
    var record = BatchRecord(item, settings: recipe.settings(of: item))
    do {
      if let problem = item.problem { throw RowProblem(message: problem) }
      // Before a recipe that is fine is blamed.
      let size = try PictureFile.size(item.photo.path, limits: recipe.session.pictureLimits)
      let isNew = try budget.with(size.width * size.height * Self.bytesPerPixel) {
        try make(item, &record)
      }
      record.status = .done
      return (record, isNew)
    } catch {
      record.status = .failed
      record.error = Self.reason(error, item)
      record.output?.sha256 = nil
      record.madeFrom = nil
      return (record, true)
    }
  }

  /// What a photo takes while it is worked on: decoded, copied once for the edit, and encoded, at up to 16 bits
  /// and four channels.
  private static let bytesPerPixel = 24

  /// - Returns: whether anything had to be done.
  private func make(_ item: BatchItem, _ record: inout BatchRecord) throws -> Bool {
    record.photo.sha256 = try session.world.sha256(of: item.photo.path)
    let options = recipe.options(for: item)
    let result = session.check(recipe.script, options: options)
    let plan = try Self.plan(of: result)
    record.warnings = result.diagnostics.filter { $0.severity == .warning }.map(Self.line)
    let provenance = try Provenance(
      result, plan: plan, script: recipe.script, options: options, session: session)
    let lock = provenance.lock
    record.model = .init(name: lock.model.name, sha256: lock.model.sha256)
    record.inputs = lock.uses.merging(lock.images) { first, _ in first }
    let texts = recipe.putsMetadata ? try provenance.texts(step: plan.steps.count) : Provenance.label
    let madeFrom = Self.digest(lock, texts)
    record.madeFrom = madeFrom
    let path = folder + "/" + item.output
    for known in earlier.records(of: item.output) where known.madeFrom == madeFrom {
      if let hash = known.output?.sha256, hash == (try? SHA256.hex(file: path)) {
        record.output?.sha256 = hash
        record.warnings = known.warnings
        return false
      }
    }
    let run = try session.run(plan, collectsSaves: false)
    let sources = result.sources.map(\.source)
    record.warnings += run.warnings.map { Self.line($0.diagnostic(in: sources)) }
    let writer = PictureOutput(inputs: OutputGuard(plan, script: recipe.script)) { _ in texts }
    let bytes = try writer.write(run.picture, step: plan.steps.count, to: path, name: item.output)
    record.output?.sha256 = SHA256.hex(bytes)
    return true
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
    case let error as PictureError: SessionError(error, name: item.photo.name).message
    case let error as SessionError: error.message
    case let error as FileError: error.description
    default: "\(error)"
    }
  }
}
