/// What a script comes to, as plain data: nothing in it needs the script, its names or its frames.
///
/// All coordinates are photo pixels after EXIF orientation.
public struct Plan: Hashable, Sendable, Codable {
  public var photo: PlanPhoto
  /// The generator of edits that have no expert of their own.
  public var model: PlanModel
  /// The ranking that edits have their experts from; nil where the script has one model.
  public var ranking: PlanFile?
  public var region: PlanRegion
  /// Edits and saves in the script's order.
  public var steps: [PlanStep]
  /// Values of the script's `param`s by name, in order of declaration, as canonical source text.
  public var parameters: [PlanParameter]
  /// Every file that the script reads besides photo and model (`use`d scripts, images).
  public var inputs: [PlanFile]
  /// The face, where it or its outlines were found in the photo rather than written in the script.
  public var face: FaceGeometry?

  public init(
    photo: PlanPhoto, model: PlanModel, region: PlanRegion, steps: [PlanStep],
    parameters: [PlanParameter], inputs: [PlanFile], face: FaceGeometry? = nil, ranking: PlanFile? = nil
  ) {
    self.photo = photo
    self.model = model
    self.region = region
    self.steps = steps
    self.parameters = parameters
    self.inputs = inputs
    self.face = face
    self.ranking = ranking
  }

  /// The edits alone, in order.
  public var edits: [PlanEdit] {
    steps.compactMap { if case .edit(let edit) = $0 { edit } else { nil } }
  }
}

/// A file with the path that the script (or the command line) gave and where it was found.
public struct PlanFile: Hashable, Sendable, Codable {
  /// As written; what is shown and recorded.
  public var name: String
  /// Absolute path to open; never recorded in outputs.
  public var path: String

  public init(name: String, path: String) {
    self.name = name
    self.path = path
  }
}

public struct PlanPhoto: Hashable, Sendable, Codable {
  public var file: PlanFile
  /// Pixels, after EXIF orientation.
  public var width: Int
  public var height: Int

  public init(file: PlanFile, width: Int, height: Int) {
    self.file = file
    self.width = width
    self.height = height
  }
}

public struct PlanModel: Hashable, Sendable, Codable {
  public enum Source: Hashable, Sendable, Codable {
    /// Shipped with fedit, by name.
    case builtIn(String)
    /// In the model store, by name.
    case stored(String, path: String)
    case file(PlanFile)
  }

  public var source: Source
  /// The side it was trained at.
  public var size: Int

  public init(source: Source, size: Int) {
    self.source = source
    self.size = size
  }
}

/// The square of the photo that the generator sees.
public struct PlanRegion: Hashable, Sendable, Codable {
  public enum Origin: String, Hashable, Sendable, Codable {
    case written, face, wholePhoto, aroundMasks
    /// Chosen for an edit from its masks, on a ladder of octaves of the square that holds for the script.
    case scaled
  }

  /// From generator pixels to photo pixels: a similarity (rotated only where it came from `face`).
  public var toPhoto: Affine
  /// The side in photo pixels.
  public var side: Double
  /// The side in generator pixels, a multiple of 128.
  public var size: Int
  public var origin: Origin

  public init(toPhoto: Affine, side: Double, size: Int, origin: Origin) {
    self.toPhoto = toPhoto
    self.side = side
    self.size = size
    self.origin = origin
  }
}

public enum PlanStep: Hashable, Sendable, Codable {
  case edit(PlanEdit)
  /// A picture, with the quality that JPEG or WebP is to have, 1...100; nil is the format's own default.
  case save(PlanFile, quality: Int?)
  case saveLayers(PlanFile)
}

public struct PlanParameter: Hashable, Sendable, Codable {
  public var name: String
  public var type: String
  /// The value as source text, canonical.
  public var value: String
  /// Whether `--set` gave it.
  public var isSet: Bool

  public init(name: String, type: String, value: String, isSet: Bool) {
    self.name = name
    self.type = type
    self.value = value
    self.isSet = isSet
  }
}

/// What a stroke draws into.
public enum PlanLayer: String, Hashable, Sendable, Codable, CaseIterable {
  case mask, sketch, color
  /// No layer of the generator's: hue and chroma of the picture itself, after the fill.
  case recolor
  /// Neither: filled with what lies around it, at the photo's resolution.
  case heal

  /// Whether strokes change the picture without the generator.
  public var isRetouching: Bool { self == .recolor || self == .heal }
}

/// 8-bit sRGB.
public struct PlanColor: Hashable, Sendable, Codable {
  public var red: UInt8
  public var green: UInt8
  public var blue: UInt8

  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }
}

/// One thing drawn into one layer.
public struct PlanStroke: Hashable, Sendable, Codable {
  public enum Content: Hashable, Sendable, Codable {
    case shape(PlanShape)
    /// A layer drawn elsewhere; `toPhoto` maps its unit square (0…1) to photo pixels.
    case image(PlanFile, toPhoto: Affine)
  }

  /// The pen of an open shape.
  public struct Brush: Hashable, Sendable, Codable {
    /// The width in script units.
    public var width: Double
    /// From script units to photo pixels (translation unused): a stretched frame has an elliptic pen.
    public var pen: Affine

    public init(width: Double, pen: Affine) {
      self.width = width
      self.pen = pen
    }
  }

  public var layer: PlanLayer
  public var isErase: Bool
  /// Whether it draws into the mask.
  public var masks: Bool { layer == .mask && !isErase }
  public var content: Content
  /// Set for `color` strokes that draw a shape, and for `recolor`.
  public var color: PlanColor?
  /// nil is the layer's default: mask 12/512 and colour 4/512 of the region's side; a sketch
  /// line is one generator pixel, 8-connected.
  public var brush: Brush?
  public var label: String?
  /// Where it stands: file name, line, column; for diagnostics and reviews.
  public var file: String
  public var line: Int
  public var column: Int
  /// What the stroke was made from; no part of what it is.
  public var origin = PlanOrigin.unknown

  private enum CodingKeys: CodingKey { case layer, isErase, content, color, brush, label, file, line, column }

  public init(
    layer: PlanLayer, isErase: Bool, content: Content, color: PlanColor?, brush: Brush?,
    label: String?, file: String, line: Int, column: Int
  ) {
    self.layer = layer
    self.isErase = isErase
    self.content = content
    self.color = color
    self.brush = brush
    self.label = label
    self.file = file
    self.line = line
    self.column = column
  }
}
