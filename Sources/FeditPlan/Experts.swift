/// What is drawn for an edit besides its mask.
public enum EditGuidance: String, Hashable, Sendable, Codable, CaseIterable {
  case none, sketch, color, both

  /// From whether there is a sketch, and whether there are colours.
  public init(sketch: Bool, color: Bool) {
    self = sketch ? (color ? .both : .sketch) : (color ? .color : .none)
  }

  /// For tables.
  public var title: String {
    switch self {
    case .none: "no guidance"
    case .sketch: "sketch"
    case .color: "colour"
    case .both: "sketch and colour"
    }
  }
}

/// How large a mask is in its portrait.
public enum MaskSize: String, Hashable, Sendable, Codable, CaseIterable {
  /// Nowhere as thick as ``thinness`` of the portrait's side: scratches, lines, spots.
  case thin
  /// Thicker, and no more than ``smallness`` of the portrait.
  case small
  case large

  /// The thickness from which a mask is no longer thin, as a share of the portrait's side.
  public static let thinness = 1.0 / 32
  /// The area up to which a mask is small, as a share of the portrait's.
  public static let smallness = 1.0 / 32

  /// - Parameters:
  ///   - thickness: The diameter of the largest disc inside the mask.
  ///   - area: Of the mask.
  ///   - side: Of the portrait.
  public init(thickness: Double, area: Double, side: Double) {
    self = thickness < side * Self.thinness ? .thin : area <= side * side * Self.smallness ? .small : .large
  }
}

/// What kind of task an edit is. nil is any.
public struct EditCategory: Hashable, Sendable, Codable {
  /// The part of the face; nil is any.
  public var part: FacePart?
  /// What guides the fill; nil is any.
  public var guidance: EditGuidance?
  /// How large the mask is; nil is any.
  public var size: MaskSize?

  /// A category; what is left out holds for all.
  public init(part: FacePart? = nil, guidance: EditGuidance? = nil, size: MaskSize? = nil) {
    self.part = part
    self.guidance = guidance
    self.size = size
  }

  /// For people: `skin, no guidance, thin`.
  public var words: String {
    let words = [
      part?.rawValue ?? "any part", guidance?.title ?? "any guidance", size?.rawValue ?? "any size",
    ]
    return words.joined(separator: ", ")
  }
}

/// Where a mask lies and how large it is.
public struct MaskPlace: Hashable, Sendable {
  /// The part that most of it lies in; nil where no face is known.
  public var part: FacePart?
  /// How large the mask is beside the portrait.
  public var size: MaskSize
  /// The longer side of the box around it, in photo pixels.
  public var extent: Int

  /// A mask that lies in a part of the face.
  public init(part: FacePart?, size: MaskSize, extent: Int) {
    self.part = part
    self.size = size
    self.extent = extent
  }
}

/// What fills an edit in place of the script's model.
public struct PlanExpert: Hashable, Sendable, Codable {
  /// How it was chosen.
  public enum Reason: Hashable, Sendable, Codable {
    /// By a `model` in the edit.
    case written
    /// By the script's ranking.
    case ranked(EditCategory, ExpertRanking.Figures)
  }

  /// The network; nil is healing, which has none.
  public var model: PlanModel?
  /// Why it is this one.
  public var reason: Reason

  /// An expert for an edit; without a model, `heal`.
  public init(model: PlanModel?, reason: Reason) {
    self.model = model
    self.reason = reason
  }

  /// The name by which rankings and scripts know filling with what lies around.
  public static let heal = "heal"
  /// The longest side of what is healed, in photo pixels. More would take minutes, and is a generator's work.
  public static let longestHealed = 1500

  /// The expert's name as a script gives it.
  public var name: String {
    switch model?.source {
    case .builtIn(let name), .stored(let name, _): name
    case .file(let file): file.name
    case nil: Self.heal
    }
  }
}

/// Experts by what they were measured to be best at: the contents of an `experts.json`.
public struct ExpertRanking: Hashable, Sendable, Codable {
  /// What the file says it is.
  public static let format = "fedit-experts"
  /// The edition of the format.
  public static let version = 1
  /// The largest file that is read, in bytes.
  public static let sizeLimit = 4 << 20

  /// Whether a script's or a command's text for a model means a ranking.
  public static func isFile(_ text: String) -> Bool { text.lowercased().hasSuffix(".json") }

  /// One of those that were measured, or what a lock says of the one that filled an edit.
  public struct Expert: Hashable, Sendable, Codable {
    /// A built-in or stored model's name, a weight file's path from the ranking's (or script's) folder, or `heal`.
    public var name: String
    /// `built-in`, `stored`, `file` or `heal`.
    public var kind: String
    /// Of the weight file; nil for `heal`.
    public var sha256: String?

    /// An expert with the digest of its weights.
    public init(name: String, kind: String, sha256: String?) {
      self.name = name
      self.kind = kind
      self.sha256 = sha256
    }
  }

  /// How near fills come to the photo; lower is better.
  public enum Measure: String, Hashable, Sendable, Codable {
    /// The distance of VGG features.
    case features
    /// 0.84 (1 − SSIM) + 0.16 L1, after Zhao and others (2017): where there are no VGG weights.
    case structure
  }

  /// What the experts came to in a category.
  public struct Figures: Hashable, Sendable, Codable {
    /// How many tasks.
    public var tasks: Int
    /// Means by expert.
    public var means: [String: Double]
    /// The one to take.
    public var expert: String
    /// By what share its mean is below that of the best other one that can do it; below 0 where the ranking's default is taken
    /// since the difference is no larger than chance makes it.
    public var margin: Double

    /// What was measured of a category.
    public init(tasks: Int, means: [String: Double], expert: String, margin: Double) {
      self.tasks = tasks
      self.means = means
      self.expert = expert
      self.margin = margin
    }
  }

  /// A row of the table.
  public struct Row: Hashable, Sendable, Codable {
    /// What the row is about.
    public var category: EditCategory
    /// What was measured there.
    public var figures: Figures

    /// A row of the table.
    public init(category: EditCategory, figures: Figures) {
      self.category = category
      self.figures = figures
    }
  }

  /// What was measured on.
  public struct Source: Hashable, Sendable, Codable {
    /// SHA-256 of the set's fingerprint.
    public var set: String
    /// How many pictures there were.
    public var pictures: Int
    /// How many masks of each part and size.
    public var tasks: Int
    /// Side of the tasks in pixels.
    public var size: Int
    /// Of masks and strokes.
    public var seed: UInt64
    /// What was measured by.
    public var measure: Measure
    /// SHA-256 of the VGG weights.
    public var vgg16: String?
    /// The share of tasks whose part, from the face's outlines alone, is the annotated one.
    public var agreement: Double

    /// What a ranking was measured on.
    public init(
      set: String, pictures: Int, tasks: Int, size: Int, seed: UInt64, measure: Measure, vgg16: String?,
      agreement: Double
    ) {
      self.set = set
      self.pictures = pictures
      self.tasks = tasks
      self.size = size
      self.seed = seed
      self.measure = measure
      self.vgg16 = vgg16
      self.agreement = agreement
    }
  }

  /// How the ranked experts do on pictures that took no part in ranking them.
  public struct Check: Hashable, Sendable, Codable {
    /// The mean over the categories of those pictures, by expert.
    public var single: [String: Double]
    /// The same with the expert of each task's category.
    public var ranked: Double
    /// By what share that is below the best single one.
    public var gain: Double

    /// What the ranking gains over one expert for all.
    public init(single: [String: Double], ranked: Double, gain: Double) {
      self.single = single
      self.ranked = ranked
      self.gain = gain
    }
  }

  /// What tells such a file from another.
  public var format = ExpertRanking.format
  /// The edition of the format.
  public var version = ExpertRanking.version
  /// What was measured on.
  public var source: Source
  /// All that were measured, in the order in which they were named.
  public var experts: [Expert]
  /// The expert with the best mean over all categories that follows guidance.
  public var defaultExpert: String
  /// How the ranking did on pictures that it was not made from.
  public var check: Check
  /// By part, guidance and size; then those with any part, and those by one of the three alone.
  public var rows: [Row]

  private enum CodingKeys: String, CodingKey {
    case format, version, source, experts, check, rows
    case defaultExpert = "default"
  }

  /// A ranking of this edition.
  public init(source: Source, experts: [Expert], defaultExpert: String, check: Check, rows: [Row]) {
    self.source = source
    self.experts = experts
    self.defaultExpert = defaultExpert
    self.check = check
    self.rows = rows
  }

  /// The expert for an edit.
  ///
  /// - Parameters:
  ///   - category: Of the edit.
  ///   - excluding: Experts that can't do it.
  /// - Returns: Its name, and the row that says so: the category's own, else that of any part. Where neither was
  ///   measured, or the expert is excluded, the default.
  public func choice(
    for category: EditCategory, excluding: Set<String> = []
  ) -> (expert: String, row: Row?) {
    let wider = EditCategory(guidance: category.guidance, size: category.size)
    let row = [category, wider].lazy.compactMap { wanted in rows.first { $0.category == wanted } }.first
    guard let row, !excluding.contains(row.figures.expert) else { return (defaultExpert, row) }
    return (row.figures.expert, row)
  }
}

/// A ranking that a script or the command line names, with its experts found and compared with what was measured.
public struct PlanRanking: Hashable, Sendable, Codable {
  /// The file as the script names it.
  public var file: PlanFile
  /// What is in it.
  public var ranking: ExpertRanking
  /// By the experts' names; all but `heal`.
  public var models: [String: PlanModel]

  /// A ranking whose models were found.
  public init(file: PlanFile, ranking: ExpertRanking, models: [String: PlanModel]) {
    self.file = file
    self.ranking = ranking
    self.models = models
  }
}

extension PlanEdit {
  /// What guides the edit: whether anything is drawn into sketch and colour.
  public var guidance: EditGuidance {
    func draws(_ layer: PlanLayer) -> Bool { strokes.contains { $0.layer == layer && !$0.isErase } }
    return EditGuidance(sketch: draws(.sketch), color: draws(.color))
  }

  /// Whether its mask is filled with what lies around it, by no network.
  public var isHealed: Bool { expert.map { $0.model == nil } ?? false }
}

extension Plan {
  /// The network of an edit.
  public func model(of edit: PlanEdit) -> PlanModel { edit.expert?.model ?? model }

  /// All weight files and the ranking that the plan stands on, each once.
  public var modelFiles: [PlanFile] {
    var result: [PlanFile] = []
    for source in [model.source] + edits.compactMap(\.expert?.model?.source) {
      let file: PlanFile? =
        switch source {
        case .builtIn: nil
        case .stored(let name, let path): PlanFile(name: name, path: path)
        case .file(let file): file
        }
      if let file, !result.contains(file) { result.append(file) }
    }
    return result + [ranking].compactMap(\.self)
  }
}
