import FeditFiles
import FeditImage
import FeditPlan
import FeditRaster

/// Writes the pictures and layers of a run; never over an input, never half.
public struct PictureOutput: Sendable {
  /// What a run writes over, it checks here.
  public var inputs: OutputGuard
  /// The text chunks that go into the picture of a step of the plan: the script up to there, its lock.
  /// The picture at the end has the index behind the last step.
  public var texts: @Sendable (_ step: Int) throws -> [PNGText]
  /// Whether EXIF may say where the photo was taken.
  public var keepsPosition = false

  /// Writes what does not lie over one of the inputs, without text chunks unless they are given.
  public init(inputs: OutputGuard, texts: @escaping @Sendable (_ step: Int) throws -> [PNGText] = { _ in [] })
  {
    self.inputs = inputs
    self.texts = texts
  }

  /// Checks that a path is none of the inputs; errors call it `name`.
  ///
  /// - Throws: `FileError.cannotWrite`.
  public func check(_ path: String, name: String) throws(FileError) {
    if let problem = inputs.problem(writing: path) { throw .cannotWrite(path: name, reason: problem) }
  }

  /// A picture as the file that `write` makes of it.
  ///
  /// - Parameters:
  ///   - picture: the samples.
  ///   - step: its place in `Plan.steps`.
  ///   - format: the format, PNG where the name of the file stands for none.
  ///   - quality: 1...100, for a format that takes it; nil is its default.
  /// - Returns: the file's bytes.
  /// - Throws: `PictureError`; what `texts` throws.
  public func encode(
    _ picture: Picture, step: Int, as format: PictureFormat?, quality: Int? = nil
  ) throws -> [UInt8] {
    try PictureFile.encode(
      picture, as: format ?? .png, quality: quality, texts: try texts(step), keepsPosition: keepsPosition)
  }

  /// A file that a run makes: where it goes, and what errors and locks call it.
  public typealias File = (name: String, path: String, bytes: [UInt8])

  /// What a `save` of the script asks for, as files.
  ///
  /// - Throws: `PictureError`; what `texts` throws.
  public func files(of save: RunSave) throws -> [File] {
    let (name, path) = (save.file.name, save.file.path)
    switch save.content {
    case .picture(let picture):
      do {
        let format = PictureFormat(savingAs: path)
        return [(name, path, try encode(picture, step: save.step, as: format, quality: save.quality))]
      } catch var error as PictureError {
        error.file = name
        throw error
      }
    case .file(let bytes): return [(name, path, bytes)]
    case .layers(let edits):
      return try edits.flatMap { number, layers in
        try Self.files(of: layers, number: number).map {
          ("\(name)/\($0.name)", "\(path)/\($0.name)", $0.bytes)
        }
      }
    }
  }

  /// Writes what a `save` of the script asks for.
  ///
  /// - Returns: the files.
  /// - Throws: `FileError`, `PictureError`; what `texts` throws.
  @discardableResult
  public func write(_ save: RunSave) throws -> [File] {
    // Before any work.
    try check(save.file.path, name: save.file.name)
    let files = try files(of: save)
    for file in files { try write(file.bytes, to: file.path, name: file.name, links: .refused) }
    return files
  }

  /// Writes a picture in the format that the file's name stands for.
  ///
  /// - Parameters:
  ///   - picture: the samples.
  ///   - step: its place in `Plan.steps`.
  ///   - path: where to.
  ///   - name: what errors call it.
  ///   - quality: 1...100, for a format that takes it; nil is its default.
  /// - Returns: the file's bytes.
  /// - Throws: `FileError`; what `texts` throws.
  @discardableResult
  public func write(
    _ picture: Picture, step: Int, to path: String, name: String, quality: Int? = nil
  ) throws -> [UInt8] {
    // Before any work.
    try check(path, name: name)
    let bytes: [UInt8]
    do {
      bytes = try encode(picture, step: step, as: PictureFormat(savingAs: path), quality: quality)
    } catch var error as PictureError {
      error.file = name
      throw error
    }
    try write(bytes, to: path, name: name)
    return bytes
  }

  /// Writes a file that `encode` made; errors call it `name`.
  ///
  /// - Throws: `FileError`.
  public func write(
    _ bytes: [UInt8], to path: String, name: String, links: AtomicFile.Links = .followed
  ) throws(FileError) {
    try check(path, name: name)
    do throws(FileError) {
      try AtomicFile.write(bytes, to: path, links: links)
    } catch {
      throw error.named(name)
    }
  }

  /// The layers of an edit as files: `K-mask.png`, `K-sketch.png`, `K-noise.png` (grey, 0 or 255) and
  /// `K-color.png` (RGBA, alpha 0 where no colour is set), in generator pixels. Where an edit has several squares,
  /// those of the second are `K.2-mask.png` and so on.
  ///
  /// - Parameters:
  ///   - layers: what was drawn, square by square.
  ///   - number: K, the edit's number from 1.
  /// - Returns: names and contents.
  /// - Throws: `PictureError`.
  public static func files(of layers: [Layers], number: Int) throws -> [(name: String, bytes: [UInt8])] {
    try layers.enumerated().flatMap { index, layers in
      try files(of: layers, name: index == 0 ? "\(number)" : "\(number).\(index + 1)")
    }
  }

  private static func files(of layers: Layers, name: String) throws -> [(name: String, bytes: [UInt8])] {
    let size = layers.size
    func gray(_ layer: [UInt8]) throws -> [UInt8] {
      try PNGFile.encodeGray(width: size, height: size, layer.map { $0 != 0 ? 255 : 0 })
    }
    var color = [UInt8](repeating: 0, count: size * size * 4)
    for i in 0..<size * size where layers.colorSet[i] != 0 {
      color[4 * i] = layers.color[3 * i]
      color[4 * i + 1] = layers.color[3 * i + 1]
      color[4 * i + 2] = layers.color[3 * i + 2]
      color[4 * i + 3] = 255
    }
    let picture = Picture(width: size, height: size, hasAlpha: true, samples: .eight(color))
    let files = [
      ("mask", try gray(layers.mask)), ("sketch", try gray(layers.sketch)),
      ("noise", try gray(layers.noise)), ("color", try PNGFile.encode(picture)),
    ]
    return files.map { ("\(name)-\($0.0).png", $0.1) }
  }

  /// Writes the layers of an edit, as `files(of:number:)` names them.
  ///
  /// - Parameters:
  ///   - layers: what was drawn, square by square.
  ///   - number: the edit's number from 1.
  ///   - folder: made where it is not there.
  ///   - name: what errors call the folder.
  /// - Returns: the files.
  /// - Throws: `FileError`.
  @discardableResult
  public func write(
    _ layers: [Layers], number: Int, to folder: String, name: String
  ) throws -> [(name: String, bytes: [UInt8])] {
    let files: [(name: String, bytes: [UInt8])]
    do {
      files = try Self.files(of: layers, number: number)
    } catch var error as PictureError {
      error.file = name
      throw error
    }
    for (file, bytes) in files {
      try write(bytes, to: "\(folder)/\(file)", name: "\(name)/\(file)")
    }
    return files
  }
}

extension FileError {
  /// The same error about the file under the name that the user gave it.
  public func named(_ name: String) -> FileError {
    switch self {
    case .cannotRead(_, let reason): .cannotRead(path: name, reason: reason)
    case .tooLarge(_, let bytes, let limit): .tooLarge(path: name, bytes: bytes, limit: limit)
    case .cannotWrite(_, let reason): .cannotWrite(path: name, reason: reason)
    }
  }
}
