/// One pass of the generator.
public struct PlanEdit: Hashable, Sendable, Codable {
  /// As the script calls it; two edits may have one name.
  public var name: String
  /// From 0 in the script's order; enters the noise.
  public var index: Int
  /// Which noise the generator starts from.
  public var seed: UInt64
  /// How the fill meets the photo, as the script has it.
  public var blend: PlanBlend
  /// Colour agreement, grain, octaves.
  public var finish: PlanFinish
  /// The squares that the generator sees, in the order in which they run, each with what of the mask lies in it and
  /// in none before it; empty stands for the script's one region.
  public var squares: [PlanRegion]
  /// What fills it in place of the plan's model; nil where that does.
  public var expert: PlanExpert?
  /// The axis of the face whose other half the generator sees in the mask; nil where it sees none.
  public var axis: FaceAxis?
  /// In the order of drawing; strokes that are `off` are in `offCount` only.
  public var strokes: [PlanStroke]
  /// How many of its strokes are `off`.
  public var offCount: Int

  /// An edit that says nothing but what is given.
  public init(
    name: String, index: Int, seed: UInt64 = 0, blend: PlanBlend = .automatic, strokes: [PlanStroke] = [],
    offCount: Int = 0, finish: PlanFinish = PlanFinish(), squares: [PlanRegion] = [],
    expert: PlanExpert? = nil
  ) {
    self.name = name
    self.index = index
    self.seed = seed
    self.blend = blend
    self.finish = finish
    self.squares = squares
    self.expert = expert
    self.strokes = strokes
    self.offCount = offCount
  }

  /// The squares that the generator sees.
  ///
  /// - Parameter plan: The edit's plan.
  /// - Returns: At least one.
  public func squares(in plan: Plan) -> [PlanRegion] { squares.isEmpty ? [plan.region] : squares }

  /// The edit in a photo that is enlarged or made smaller: squares, strokes, pens and widths are scaled along.
  ///
  /// - Parameter factor: Pixels of the other photo per pixel of this one.
  /// - Returns: The same edit there.
  public func scaled(by factor: Double) -> PlanEdit {
    let map = Affine.scale(factor, factor)
    var edit = self
    edit.squares = squares.map { $0.scaled(by: factor) }
    edit.axis = axis?.scaled(by: factor)
    edit.strokes = strokes.map { $0.transformed(by: map) }
    if case .feather(let width) = blend { edit.blend = .feather(width * factor) }
    return edit
  }
}

/// How the fill meets the photo.
public enum PlanBlend: Hashable, Sendable, Codable {
  case none
  /// Inside the mask only; the width in photo pixels.
  case feather(Double)
  /// Nothing written: what looks best.
  case automatic
}

/// What is done to a fill between the generator and the photo.
public struct PlanFinish: Hashable, Sendable, Codable {
  /// What a script says of a finish.
  public enum Setting: Hashable, Sendable, Codable {
    /// Nothing written: what looks best.
    case automatic
    case off
    case amount(Double)
  }

  /// How far the fill's tone may be changed towards the photo around it, in levels.
  public var tone: Setting
  /// How strong the photo's grain is added, as a share of what was measured.
  public var grain: Setting
  /// How many octaves follow the generator's own size, at most.
  public var octaves: Setting
  /// Whether the generator sees in the mask what lies opposite in the face; an amount means nothing.
  public var mirror: Setting

  /// A finish; what is left out is as looks best.
  public init(
    tone: Setting = .automatic, grain: Setting = .automatic, octaves: Setting = .automatic,
    mirror: Setting = .automatic
  ) {
    self.tone = tone
    self.grain = grain
    self.octaves = octaves
    self.mirror = mirror
  }
}

// MARK: What comes of the settings

extension PlanEdit {
  /// How the fill meets the photo; a feather has a width above 0.
  public var transition: PlanBlend {
    if case .feather(let width) = blend, width <= 0 { .none } else { blend }
  }

  /// Whether the fill is put into the photo as it is, with nothing done for their meeting: `blend none` as written.
  public var isPasted: Bool { blend == .none }

  /// Whether fill and photo are to meet without a step: wherever the script doesn't say itself how they meet.
  public var closesSeam: Bool { blend == .automatic }

  /// The most that tone is changed, in levels; nil for not at all. Where the fill replaces the photo without a
  /// transition it stays as the generator made it, unless the script asks for more.
  public var toneLimit: Double? { amount(finish.tone, automatic: 24) }

  /// The strength of the grain as a share of the photo's own; nil for none.
  public var grainAmount: Double? { amount(finish.grain, automatic: 1) }

  private func amount(_ setting: PlanFinish.Setting, automatic: Double) -> Double? {
    switch setting {
    case .automatic: blend == .none ? nil : automatic
    case .off: nil
    case .amount(let amount): amount > 0 ? amount : nil
    }
  }

  /// How many octaves there may be.
  public var mostOctaves: Int {
    switch finish.octaves {
    case .automatic: .max
    case .off: 0
    case .amount(let count): Int(count)
    }
  }
}

extension PlanEdit {
  /// Whether its generator is to see the face's other half, so that a face is looked for.
  ///
  /// - Parameter model: The plan's.
  /// - Returns: False without a mask, too.
  public func seesMirror(_ model: PlanModel) -> Bool {
    finish.mirror != .off && !isHealed && strokes.contains(where: \.masks)
      && (expert?.model ?? model).seesMirror
  }
}

// MARK: The settings in words

/// A setting of an edit: what plans, their digests and their differences say of it. How scripts write it, the
/// language's table says.
public struct EditSetting: Sendable {
  /// What a setting comes to.
  public enum Value: Hashable, Sendable {
    /// Nothing written: what looks best.
    case automatic
    /// `none` or `off`.
    case word(String)
    case whole(UInt64)
    case amount(Double)
    /// Photo pixels behind a word: `feather 2`.
    case pixels(String, Double)
  }

  /// When a digest has a line of it.
  public enum Digest: Sendable {
    case always
    /// Only where the script says something, so that digests from before the setting was known hold.
    case written
    /// In the edit's first line.
    case elsewhere
  }

  /// The statement's keyword, which plans, digests and differences use, too.
  public let name: String
  /// When the digest of a plan has a line of it.
  public let digest: Digest
  /// As the script has it.
  public let written: @Sendable (PlanEdit) -> Value
  /// What plans as JSON have under its name: nil within is null, nil itself leaves the name out.
  public let effective: (@Sendable (PlanEdit) -> Value?)?
  /// What plans say of it to people, given the widest transition that the edit may get, in photo pixels.
  public let words: @Sendable (PlanEdit, Double?) -> String?
}

extension PlanEdit {
  /// The settings of edits, in the order in which they are told.
  public static let settings: [EditSetting] = [
    EditSetting(
      name: "seed", digest: .elsewhere, written: { .whole($0.seed) }, effective: { .whole($0.seed) },
      words: { edit, _ in "seed \(edit.seed)" }),
    EditSetting(
      name: "blend", digest: .always, written: { $0.blend.value }, effective: { $0.blend.value },
      words: { edit, widest in
        switch edit.blend {
        case .none: return "blend none"
        case .feather(let radius): return "blend feather of \(numberText(radius, decimals: 3)) pixels"
        case .automatic:
          let most = widest.map { " up to \(numberText($0, decimals: 1)) pixels" } ?? ""
          return "blend\(most) where photo and fill agree"
        }
      }),
    EditSetting(
      name: "tone", digest: .written, written: { $0.finish.tone.value },
      effective: { $0.toneLimit.map { .amount($0) } },
      words: { edit, _ in edit.toneLimit.map { "tone within \(numberText($0)) levels" } ?? "tone none" }),
    EditSetting(
      name: "grain", digest: .written, written: { $0.finish.grain.value },
      effective: { $0.grainAmount.map { .amount($0) } },
      words: { edit, _ in
        edit.grainAmount.map { $0 == 1 ? "grain as the photo's" : "grain \(numberText($0))" } ?? "grain none"
      }),
    EditSetting(
      name: "octaves", digest: .written, written: { $0.finish.octaves.value }, effective: nil,
      words: { edit, _ in edit.mostOctaves == 0 ? "octaves off" : nil }),
    EditSetting(
      name: "mirror", digest: .written, written: { $0.finish.mirror.value }, effective: nil,
      words: { edit, _ in
        edit.axis.map {
          "mirrored about (\(numberText($0.middle.x, decimals: 1)), \(numberText($0.middle.y, decimals: 1)))"
        } ?? (edit.finish.mirror == .off ? "mirror off" : nil)
      }),
  ]
}

extension PlanBlend {
  fileprivate var value: EditSetting.Value {
    switch self {
    case .none: .word("none")
    case .feather(let width): .pixels("feather", width)
    case .automatic: .automatic
    }
  }
}

extension PlanFinish.Setting {
  fileprivate var value: EditSetting.Value {
    switch self {
    case .automatic: .automatic
    case .off: .word("off")
    case .amount(let amount): .amount(amount)
    }
  }
}
