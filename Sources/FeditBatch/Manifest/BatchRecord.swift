import Foundation

/// What came of one row.
public struct BatchRecord: Hashable, Sendable, Codable {
  /// How a row ended.
  public enum Status: String, Hashable, Sendable, Codable {
    /// The result lies in the output folder, and is that of the row as it is now.
    case done
    case failed
    /// Not looked at: the run was stopped before.
    case pending
  }

  /// A file by the name that the list, the recipe or the command line gave it.
  public struct File: Hashable, Sendable, Codable {
    /// The name.
    public var name: String
    /// nil where it could not be read.
    public var sha256: String?
  }

  /// From 1.
  public var row: Int
  /// How the row ended.
  public var status: Status
  /// The photo, by the name that the list gives it.
  public var photo: File
  /// The row's settings and those of `--set`, by name.
  public var settings: [String: String]
  /// The model that was used; nil where the row did not get that far.
  public var model: File?
  /// The SHA-256 of each script that the recipe uses, and of each image, by name.
  public var inputs: [String: String]
  /// The SHA-256 over all that the result depends on; the row is done again where it differs.
  public var madeFrom: String?
  /// Below the output folder.
  public var output: File?
  /// What was found fault with, `FILE:LINE:COLUMN: MESSAGE` each.
  public var warnings: [String]
  /// Why the row failed; nil where it has not.
  public var error: String?

  /// The record as JSON on one line.
  public var line: String {
    (try? BatchManifest.encoded(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// A row that has not been looked at.
  init(_ item: BatchItem, settings: [String: String]) {
    row = item.row
    status = .pending
    photo = File(name: item.photo.name)
    self.settings = settings
    inputs = [:]
    output = item.output.isEmpty ? nil : File(name: item.output)
    warnings = []
  }
}
