/// The formats that pictures are read from and written to.
public enum PictureFormat: String, Hashable, Sendable, CaseIterable {
  case png
  case jpeg
  case tiff
  case webp
  /// Read only.
  case heic

  /// What people call it.
  public var name: String {
    switch self {
    case .png: "PNG"
    case .jpeg: "JPEG"
    case .tiff: "TIFF"
    case .webp: "WebP"
    case .heic: "HEIC"
    }
  }

  /// How its files' names may end, in lower case, the usual one first.
  public var endings: [String] {
    switch self {
    case .png: ["png"]
    case .jpeg: ["jpg", "jpeg"]
    case .tiff: ["tif", "tiff"]
    case .webp: ["webp"]
    case .heic: ["heic", "heif"]
    }
  }

  /// Whether pictures can be saved in it.
  public var isWritten: Bool { self != .heic }

  /// Whether saving in it may take a quality, 1...100.
  public var takesQuality: Bool { self == .jpeg || self == .webp }

  /// The format that a file's name stands for by its ending, of those that are written.
  public init?(savingAs name: String) {
    guard let dot = name.lastIndex(of: ".") else { return nil }
    let ending = name[name.index(after: dot)...].lowercased()
    guard let format = Self.allCases.first(where: { $0.isWritten && $0.endings.contains(ending) }) else {
      return nil
    }
    self = format
  }

  /// The endings of all formats that are read.
  public static let readEndings = allCases.flatMap(\.endings)
  /// The endings of all formats that are written.
  public static let writtenEndings = allCases.filter(\.isWritten).flatMap(\.endings)
  /// The formats that are read, as a list in words.
  public static let readNames = words(allCases)
  /// The formats that are written, as a list in words.
  public static let writtenNames = words(allCases.filter(\.isWritten))

  private static func words(_ formats: [PictureFormat]) -> String {
    let names = formats.map(\.name)
    return names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
  }
}
