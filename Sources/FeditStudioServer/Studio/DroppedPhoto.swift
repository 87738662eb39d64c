import FeditFiles
import FeditImage
import FeditText
import Foundation

/// Pictures that are dropped onto the page: the name is the server's, the format what the bytes say.
enum DroppedPhoto {
  /// Writes a picture beside the script.
  ///
  /// - Parameters:
  ///   - bytes: The picture's file.
  ///   - folder: The script's.
  ///   - limits: The largest picture.
  /// - Returns: The file's name.
  /// - Throws: `FileError`; `UserError` where the bytes are no picture.
  static func write(_ bytes: [UInt8], toFolder folder: String, limits: PictureLimits) throws -> String {
    // Under a name that no script uses until it is known to be a picture.
    let draft = folder + "/.dropped" + AtomicFile.temporarySuffix
    try AtomicFile.write(bytes, to: draft)
    defer { unlink(draft) }
    guard let format = PictureFile.format(of: draft) else {
      throw UserError(
        .data, "what was dropped is no picture that can be read",
        hints: ["PNG, JPEG, WebP, TIFF and HEIC are"])
    }
    do { _ = try PictureFile.size(draft, limits: limits) } catch {
      throw UserError(.data, "what was dropped cannot be used: \(error.message)", hints: error.hints)
    }
    let ending = format.rawValue == "jpeg" ? "jpg" : format.rawValue
    for number in 1..<10_000 {
      let name = number == 1 ? "photo.\(ending)" : "photo-\(number).\(ending)"
      let path = folder + "/" + name
      // link() never replaces.
      if link(draft, path) == 0 { return name }
      guard errno == EEXIST else {
        throw FileError.cannotWrite(path: name, reason: String(cString: strerror(errno)).lowercased())
      }
      // The same picture again needs no second file.
      if let there = try? readFile(path, limit: bytes.count), there == bytes { return name }
    }
    throw FileError.cannotWrite(path: "photo.\(ending)", reason: "there are too many photos")
  }
}
