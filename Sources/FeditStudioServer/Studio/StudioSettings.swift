import FeditLanguageServer
import FeditProgram
import FeditSession

/// What a studio works with.
public struct StudioSettings: Sendable {
  /// The script's absolute path; the file need not exist.
  public var path: String
  /// What messages call the script, and what `fedit run` would be given.
  public var name: String
  /// The text of a script that has no file yet.
  public var newText: String
  /// Root, threads and limits.
  public var session: SessionOptions
  /// What the command line adds to the script.
  public var plan: PlanOptions
  /// What the language server knows of the machine.
  public var host: any ServerHost
  /// Shown on the page.
  public var version: String

  /// Settings for one script.
  public init(
    path: String, name: String, newText: String, session: SessionOptions, plan: PlanOptions,
    host: any ServerHost, version: String
  ) {
    self.path = path
    self.name = name
    self.newText = newText
    self.session = session
    self.plan = plan
    self.host = host
    self.version = version
  }
}
