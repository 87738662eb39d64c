import FeditFiles
import FeditImage
import FeditNN
import FeditProgram
import FeditSession
import FeditText
import Foundation
import Synchronization

/// One recipe over many photos.
///
/// Rows are done side by side, each by one thread from decoding to encoding; the model's weights are
/// prepared once for all. A result is there whole or not at all, whenever the run ends, and the next run
/// does what is missing or has changed.
public final class BatchRun: Sendable {
  /// What is run on each photo.
  public let recipe: BatchRecipe
  /// Where results go.
  public let folder: String
  /// Which of the list's rows this run does.
  public let shard: Shard
  /// The shard's rows.
  public let items: [BatchItem]
  /// How many rows are done side by side.
  public let jobs: Int
  /// What is kept of every row's pictures; nil for nothing.
  public let sheet: BatchSheet?
  private let models: SharedModels
  private let budget: MemoryBudget

  /// What is told as soon as a row is finished.
  public struct Progress: Sendable {
    /// What came of the row.
    public var record: BatchRecord
    /// Whether anything had to be done for it.
    public var isNew: Bool
    /// How many rows are finished.
    public var finished: Int
    /// How many of them were there already.
    public var kept: Int
  }

  /// What came of a run.
  public struct Outcome: Sendable {
    /// What came of every row of the shard.
    public var manifest: BatchManifest
    /// Rows whose results were made now.
    public var made: Int
    /// Rows whose results were there already.
    public var kept: Int
    /// Before and after of every row for the sheet; nil where there is none, or none was asked for.
    public var pairs: [Picture?]

    /// How many rows have a status.
    public func count(_ status: BatchRecord.Status) -> Int { manifest.rows.count { $0.status == status } }
  }

  /// Takes the shard's rows, and finds out how many can be done at a time.
  ///
  /// - Parameters:
  ///   - recipe: what is run.
  ///   - list: all rows of the batch.
  ///   - folder: where results go; made where it is not there.
  ///   - shard: which of the rows are done.
  ///   - jobs: how many rows at a time; nil for one a core, fewer where memory is short.
  ///   - hasSheet: whether each row's pictures are kept, small, for a page of all.
  public init(
    recipe: BatchRecipe, list: BatchList, folder: String, shard: Shard = .all, jobs: Int? = nil,
    hasSheet: Bool = false
  ) {
    self.recipe = recipe
    self.folder = PathResolver.real(folder)
    self.shard = shard
    items = list.items.filter { shard.contains(row: $0.row) }
    sheet = hasSheet ? BatchSheet(count: items.count) : nil
    let session = EditSession(options: recipe.session)
    models = session.sharedModels
    let need = Self.memory(of: items, recipe, session)
    let available = MemoryBudget.available() / 4 * 3 - need.weights
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let most = max(1, min(items.count, jobs ?? min(cores, available / max(need.job, 1))))
    self.jobs = most
    budget = MemoryBudget(bytes: available - most * need.job)
  }

  /// What the networks take, in bytes: once for their weights and for each job, as the first row with a plan has it.
  private static func memory(
    of items: [BatchItem], _ recipe: BatchRecipe, _ session: EditSession
  ) -> (weights: Int, job: Int) {
    for item in items.prefix(100) where item.problem == nil {
      guard let plan = session.check(recipe.script, options: recipe.options(for: item)).plan,
        let memory = try? session.networkMemory(of: plan)
      else { continue }
      return (memory.weights, memory.activations + memory.scratch + 2 * memory.layers)
    }
    return (0, 0)
  }

  private struct State {
    var next = 0
    var records: [Int: BatchRecord] = [:]
    var pairs: [Int: Picture] = [:]
    var made = 0
    var kept = 0
    var failure: (any Error)?
  }

  /// Does the rows and writes the manifest.
  ///
  /// - Parameters:
  ///   - isStopping: asked before each row; where it says yes, what is in hand is finished and no row begun.
  ///   - observer: told of each row as it is finished, by one thread at a time.
  /// - Returns: what came of every row.
  /// - Throws: `FileError` and `UserError` where nothing can be written to the folder. What is wrong with a
  ///   row is in its record.
  public func run(
    isStopping: @escaping @Sendable () -> Bool = { false },
    observer: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws -> Outcome {
    try AtomicFile.createFolder(folder)
    keepFreedMemory()
    let earlier = try EarlierResults(folder: folder)
    let journal = try BatchJournal(folder: folder, shard: shard)
    let state = Mutex(State())
    let group = DispatchGroup()
    let workers = WorkerPool(
      (0..<jobs).map { _ in
        BatchWorker(recipe: recipe, folder: folder, earlier: earlier, sheet: sheet, sharing: models)
      })
    let work: @Sendable () -> Void = { [self] in
      while true {
        let made = workers.with { worker in
          next(state, isStopping).map { (index: $0, row: worker.row(items[$0], budget: budget)) }
        }
        guard var made else { return }
        let isNew = made.row.result != nil
        made.row.write(to: folder)
        finish(made.row, isNew: isNew, index: made.index, journal, state, observer)
      }
    }
    // More threads than workers: some make rows while others wait for the disk, which takes its time.
    var threads = 0
    while threads < jobs + max(jobs, 6) {
      group.enter()
      // As deep a stack as scripts may nest, with room to spare.
      let isStarted = NativeThread.start(stackSize: 16 << 20) {
        defer { group.leave() }
        work()
      }
      guard isStarted else {
        group.leave()
        break
      }
      threads += 1
    }
    // Where the system allows no thread more, those that run do the rows; without any this one does.
    if threads == 0 { work() }
    group.wait()
    let outcome = self.outcome(state, earlier)
    try outcome.manifest.write(to: folder, shard)
    if let failure = state.withLock({ $0.failure }) { throw failure }
    journal.remove()
    return outcome
  }

  private func next(_ state: borrowing Mutex<State>, _ isStopping: @Sendable () -> Bool) -> Int? {
    guard !isStopping() else { return nil }
    return state.withLock { state in
      guard state.next < items.count, state.failure == nil else { return nil }
      defer { state.next += 1 }
      return state.next
    }
  }

  private func finish(
    _ row: BatchWorker.Row, isNew: Bool, index: Int, _ journal: BatchJournal,
    _ state: borrowing Mutex<State>, _ observer: @Sendable (Progress) -> Void
  ) {
    let record = row.record
    // A disk that is full stays so for all rows to come: nothing more is made in vain.
    if let fault = row.diskFault { state.withLock { $0.failure = $0.failure ?? fault } }
    do {
      if record.status == .done, isNew { try journal.append(record) }
    } catch {
      state.withLock { $0.failure = $0.failure ?? error }
    }
    state.withLock { state in
      state.records[index] = record
      state.pairs[index] = row.pair
      if record.status == .done { if isNew { state.made += 1 } else { state.kept += 1 } }
      observer(Progress(record: record, isNew: isNew, finished: state.records.count, kept: state.kept))
    }
  }

  private func outcome(_ state: borrowing Mutex<State>, _ earlier: EarlierResults) -> Outcome {
    state.withLock { state in
      let rows = items.indices.map { index in
        state.records[index] ?? pending(items[index], earlier)
      }
      let script = BatchRecord.File(name: recipe.script.argument, sha256: recipe.script.sha256)
      return Outcome(
        manifest: BatchManifest(recipe: script, rows: rows), made: state.made, kept: state.kept,
        pairs: items.indices.map { state.pairs[$0] })
    }
  }

  /// A row that was not reached; what is known of a result from before is kept for the next run.
  private func pending(_ item: BatchItem, _ earlier: EarlierResults) -> BatchRecord {
    guard var known = earlier.records(of: item.output).last else {
      return BatchRecord(item, settings: recipe.settings(of: item))
    }
    known.row = item.row
    known.status = .pending
    return known
  }
}
