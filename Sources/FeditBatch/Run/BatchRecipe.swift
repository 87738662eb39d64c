import FeditPlan
import FeditProgram
import FeditSession

/// The script that a batch runs, and what the command line adds to every row.
public struct BatchRecipe: Sendable {
  /// The script, read.
  public var script: ScriptFile
  /// Of every job; its number of threads is one.
  public var session: SessionOptions
  /// With the settings of `--set`; a row's own come on top.
  public var plan: PlanOptions
  /// Whether pictures carry their script and lock; the label that a generative model made a part they
  /// carry in any case.
  public var putsMetadata: Bool
  /// Whether results say where their photos were taken.
  public var keepsPosition: Bool
  /// Of results in formats that take a quality, 1...100; nil is the format's default.
  public var quality: Int?

  /// Takes a script and what the command line says; plans are made on one thread and keep nothing.
  public init(
    script: ScriptFile, session: SessionOptions, plan: PlanOptions, putsMetadata: Bool = true,
    keepsPosition: Bool = false, quality: Int? = nil
  ) {
    self.putsMetadata = putsMetadata
    self.keepsPosition = keepsPosition
    self.quality = quality
    self.script = script
    self.session = session
    self.session.threads = 1
    self.session.keeping = .nothing
    self.plan = plan
    // A wish to stop is heeded between rows; what is in hand is finished.
    self.plan.isCancelled = nil
    // A row has its own output.
    self.plan.leavesOutSaves = true
  }

  /// What the recipe says without any photo: its names and types, and what can be set.
  public func check() -> ProgramResult {
    var options = plan
    options.checksOnly = true
    options.photo = PlanFile(name: "photo", path: "/photo")
    return EditSession(options: session).check(script, options: options)
  }

  /// All that is set for a row, by name.
  func settings(of item: BatchItem) -> [String: String] {
    var result = Dictionary(plan.settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    for setting in item.settings { result[setting.name] = setting.value }
    return result
  }

  /// What a row is evaluated with.
  func options(for item: BatchItem) -> PlanOptions {
    var options = plan
    options.photo = item.photo
    options.settings = settings(of: item).sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    return options
  }
}
