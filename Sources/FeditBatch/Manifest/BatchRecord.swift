import Foundation

/// What came of one row.
public struct BatchRecord: Hashable, Sendable, Codable {
  public enum Status: String, Hashable, Sendable, Codable {
    /// The result lies in the output folder, and is that of the row as it is now.
    case done
    case failed
    /// Not looked at: the run was stopped before.
    case pending
  }

  /// A file by the name that the list, the recipe or the command line gave it.
  public struct File: Hashable, Sendable, Codable {
    public var name: String
    /// nil where it could not be read.
    public var sha256: String?
  }

  /// From 1.
  public var row: Int
  public var status: Status
  public var photo: File
  /// The row's settings and those of `--set`, by name.
  public var settings: [String: String]
  public var model: File?
  /// The SHA-256 of each script that the recipe uses, and of each image, by name.
  public var inputs: [String: String]
  /// The SHA-256 over all that the result depends on; the row is done again where it differs.
  public var madeFrom: String?
  /// Below the output folder.
  public var output: File?
  public var warnings: [String]
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
