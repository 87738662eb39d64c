import FeditPixels

/// What a script comes to, as plain data: nothing in it needs the script, its names or its frames.
///
/// All coordinates are photo pixels after EXIF orientation.
public struct Plan: Hashable, Sendable, Codable {
  /// The picture under edit.
  public var photo: PlanPhoto
  /// The generator of edits that have no expert of their own.
  public var model: PlanModel
  /// The ranking that edits have their experts from; nil where the script has one model.
  public var ranking: PlanFile?
  /// What the generator sees, unless an edit says otherwise.
  public var region: PlanRegion
  /// Edits and saves in the script's order.
  public var steps: [PlanStep]
  /// Values of the script's `param`s by name, in order of declaration, as canonical source text.
  public var parameters: [PlanParameter]
  /// Every file that the script reads besides photo and model (`use`d scripts, images).
  public var inputs: [PlanFile]
  /// The face, where it or its outlines were found in the photo rather than written in the script.
  public var face: FaceGeometry?
  /// The face whose other half generators see, where the script says nothing of a face.
  public var mirroredFace: FaceGeometry?

  /// A plan of its parts; there is no ranking and no face unless they are given.
  public init(
    photo: PlanPhoto, model: PlanModel, region: PlanRegion, steps: [PlanStep],
    parameters: [PlanParameter], inputs: [PlanFile], face: FaceGeometry? = nil,
    mirroredFace: FaceGeometry? = nil, ranking: PlanFile? = nil
  ) {
    self.photo = photo
    self.model = model
    self.region = region
    self.steps = steps
    self.parameters = parameters
    self.inputs = inputs
    self.face = face
    self.mirroredFace = mirroredFace
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

  /// A file by both its names.
  public init(name: String, path: String) {
    self.name = name
    self.path = path
  }
}

/// The picture under edit, known from its header.
public struct PlanPhoto: Hashable, Sendable, Codable {
  /// The file.
  public var file: PlanFile
  /// Pixels, after EXIF orientation.
  public var width: Int
  /// Pixels, after EXIF orientation.
  public var height: Int

  /// A photo of a size.
  public init(file: PlanFile, width: Int, height: Int) {
    self.file = file
    self.width = width
    self.height = height
  }
}

/// A generator, known from its weight file's header.
public struct PlanModel: Hashable, Sendable, Codable {
  /// Where a generator comes from.
  public enum Source: Hashable, Sendable, Codable {
    /// Shipped with fedit, by name.
    case builtIn(String)
    /// In the model store, by name.
    case stored(String, path: String)
    case file(PlanFile)
  }

  /// Where it comes from.
  public var source: Source
  /// The side it was trained at.
  public var size: Int
  /// Whether it sees in the mask what lies opposite in the face.
  public var seesMirror: Bool

  /// A generator that was trained at a side in pixels.
  public init(source: Source, size: Int, seesMirror: Bool = false) {
    self.source = source
    self.size = size
    self.seesMirror = seesMirror
  }
}

/// The square of the photo that the generator sees.
public struct PlanRegion: Hashable, Sendable, Codable {
  /// What decided where the square lies.
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
  /// What decided where it lies.
  public var origin: Origin

  /// A square by its map, its side in photo pixels and its side in generator pixels.
  public init(toPhoto: Affine, side: Double, size: Int, origin: Origin) {
    self.toPhoto = toPhoto
    self.side = side
    self.size = size
    self.origin = origin
  }
}

/// What a run does next.
public enum PlanStep: Hashable, Sendable, Codable {
  case edit(PlanEdit)
  /// A picture, with the quality that JPEG or WebP is to have, 1...100; nil is the format's own default.
  case save(PlanFile, quality: Int?)
  case saveLayers(PlanFile)
}

/// A `param` of the script with the value that it has in this plan.
public struct PlanParameter: Hashable, Sendable, Codable {
  /// As `--set` knows it, with its module where it has one.
  public var name: String
  /// The type's name in scripts.
  public var type: String
  /// The value as source text, canonical.
  public var value: String
  /// Whether `--set` gave it.
  public var isSet: Bool

  /// A parameter's value; `isSet` where `--set` gave it.
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
  /// Nor this one: the picture itself is moved, before the fill.
  case warp

  /// Whether strokes change the picture without the generator.
  public var isRetouching: Bool { self == .recolor || self == .heal || self == .warp }
}

/// One thing drawn into one layer.
public struct PlanStroke: Hashable, Sendable, Codable {
  /// What is drawn.
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

    /// A pen of a width in script units, above 0.
    public init(width: Double, pen: Affine) {
      self.width = width
      self.pen = pen
    }
  }

  /// What it draws into; what it takes from, where it erases.
  public var layer: PlanLayer
  /// Whether it takes away instead of adding.
  public var isErase: Bool
  /// Whether it draws into the mask.
  public var masks: Bool { layer == .mask && !isErase }
  /// What is drawn.
  public var content: Content
  /// Set for `color` strokes that draw a shape, and for `recolor`.
  public var color: RGB8?
  /// nil is the layer's default: mask 12/512 and colour 4/512 of the region's side; a sketch
  /// line is one generator pixel, 8-connected.
  public var brush: Brush?
  /// Where the shape goes; set for `warp`.
  public var warp: PlanWarp?
  /// The label behind `as`; nil where there is none.
  public var label: String?
  /// Where it stands: file name, line, column; for diagnostics and reviews.
  public var file: String
  /// From 1.
  public var line: Int
  /// From 1, in Unicode scalars.
  public var column: Int
  /// What the stroke was made from; no part of what it is.
  public var origin = PlanOrigin.unknown

  private enum CodingKeys: CodingKey {
    case layer, isErase, content, color, brush, warp, label, file, line, column
  }

  /// A stroke without an origin.
  public init(
    layer: PlanLayer, isErase: Bool, content: Content, color: RGB8?, brush: Brush?,
    label: String?, file: String, line: Int, column: Int, warp: PlanWarp? = nil
  ) {
    self.layer = layer
    self.isErase = isErase
    self.content = content
    self.color = color
    self.brush = brush
    self.warp = warp
    self.label = label
    self.file = file
    self.line = line
    self.column = column
  }
}
