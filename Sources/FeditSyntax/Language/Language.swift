/// The statements of the language, by their keywords.
public enum StatementID: String, Hashable, Sendable, CaseIterable {
  case fedit, photo, model, canvas, face, region
  case param, `let`, def, use, `for`, `if`, assert
  case edit, save
  case mask, sketch, color, recolor, heal, warp, erase, paint, off, `in`, seed, blend, tone, grain, octaves,
    mirror
}

/// The modifiers of strokes, in the order in which the formatter writes them.
public enum ModifierID: String, Hashable, Sendable, CaseIterable {
  case with, grown, to, reach, at, size, brush
  case label = "as"
}

/// The language's table: every word with its form, its places and its meaning. Lexer, parser, checks, formatter,
/// completion, the reference's index, the editors' grammars and the fuzzer's dictionary are made from it.
public enum Language {
  /// All statements, in the order of the reference.
  public static let statements: [StatementSpec] = settings + flow + edits + strokes

  private static let settings: [StatementSpec] = [
    StatementSpec(
      .fedit, .settings, [.literal("version", .number, "the version")], in: [.file], usage: "fedit 1",
      summary: "The language's version; optional, but recommended as the first line.", example: "fedit 1",
      snippet: "fedit 1"),
    StatementSpec(
      .photo, .settings, [.value("file", .string, "a file")], in: [.file], repeats: .oncePerScript,
      usage: "photo \"FILE\"",
      summary: "The picture under edit: PNG, JPEG, TIFF, WebP or HEIC, any size, EXIF orientation honoured.",
      example: "photo \"portrait.png\"", snippet: "photo \"$1\""),
    StatementSpec(
      .model, .settings, [.value("name", .string, "a model")], in: [.file, .edit], repeats: .oncePerScript,
      usage: "model \"NAME-or-FILE\"",
      summary:
        "The generator, or a ranking of experts (FILE.json) of which each edit gets the one that suits it; in an edit, of that edit alone, where \"heal\" stands for filling without a generator. Without this line the built-in one.",
      example: "model \"portrait-256\"", snippet: "model \"$1\""),
    StatementSpec(
      .canvas, .settings, [.value("size", .point, "the canvas' size")], in: [.file], repeats: .oncePerScript,
      usage: "canvas (W, H)",
      summary:
        "The script's own coordinates, stretched over the photo. Without it they are photo pixels: origin top left, x right, y down, pixel centres at .5.",
      example: "canvas (512, 512)", snippet: "canvas (${1:512}, ${2:512})"),
    StatementSpec(
      .face, .settings,
      [
        .either([
          [
            .word("eyes"), .value("left", .point, "an eye's place"), .sign(","),
            .value("right", .point, "an eye's place"),
            .optional([.word("mouth"), .value("mouth", .point, "the mouth's place")]),
          ],
          [.word("auto")],
        ])
      ], in: [.file], repeats: .oncePerScript, usage: "face eyes P, P mouth P  ·  face auto",
      summary:
        "Where the eyes and the mouth are, in canvas units; the first eye is the one on the picture's left. The mouth may be left out. With auto the largest face of the photo is found.",
      example: "face eyes (98, 122), (158, 122) mouth (128, 182)",
      snippet: "face eyes (${1:98}, ${2:122}), (${3:158}, ${4:122}) mouth (${5:128}, ${6:182})"),
    StatementSpec(
      .region, .settings,
      [
        .value("origin", .point, "the region's corner"), .word("size"),
        .value("size", .number, "the region's side"),
        .optional([.word("at"), .value("at", .number, "the generator's side")]),
      ], in: [.file, .edit], repeats: .oncePerScript, usage: "region (x, y) size S [at N]",
      summary:
        "The square of the photo, in whole photo pixels, that the generator sees, and at which size it runs; in an edit, of that edit alone. Where S is the generator's size nothing is resampled.",
      example: "region (0, 0) size 256", snippet: "region (${1:0}, ${2:0}) size ${3:256}"),
  ]

  private static let flow: [StatementSpec] = [
    StatementSpec(
      .param, .flow,
      [.name, .sign(":"), .part("type"), .sign("="), .part("expression"), .optional([.part("STRING")])],
      in: [.file],
      isReserved: true, usage: "param NAME: TYPE = DEFAULT \"what it is\"",
      summary:
        "A value that is set from outside by --set NAME=VALUE; a number, bool, string, color or point.",
      example: "param size: number = 12",
      snippet: "param ${1:name}: ${2|number,bool,string,color,point|} = ${3:1} \"${4:what it is}\""),
    StatementSpec(
      .let, .flow, [.name, .sign("="), .part("expression")], in: Place.anywhere, isReserved: true,
      usage: "let NAME = EXPR",
      summary: "A name for a value: never reassigned, visible to the end of its block.",
      example: "let size = 12", snippet: "let ${1:name} = $0"),
    StatementSpec(
      .def, .flow, [.name, .part("parameters"), .part("body")], in: [.file], isReserved: true,
      usage: "def NAME(P: TYPE = DEFAULT, …) { … }  ·  def NAME(…) = EXPR",
      summary:
        "A procedure that draws, or a function that gives a value. Usable before its line; no recursion.",
      example: "def dot(at: point) = circle(at, 3)", snippet: "def ${1:name}(${2:at: point}) {\n\t$0\n}"),
    StatementSpec(
      .use, .flow, [.literal("file", .string, "a file"), .optional([.word("as"), .name])], in: [.file],
      isReserved: true, usage: "use \"FILE\"  ·  use \"FILE\" as NAME",
      summary: "Takes another script's param, let and def; its photo and edits are not taken.",
      example: "use \"brows.fedit\" as brows", snippet: "use \"$1\""),
    StatementSpec(
      .for, .flow, [.name, .part("\"in\""), .part("expression"), .part("block")], in: Place.anywhere,
      isReserved: true, usage: "for x in LIST-or-RANGE { … }",
      summary: "Carries out its block for each element.",
      example: "for i in 0..<8 { mask circle((20 * i, 30), 4) }",
      snippet: "for ${1:i} in ${2:0..<8} {\n\t$0\n}"),
    StatementSpec(
      .if, .flow,
      [.part("expression"), .part("block"), .optional([.part("\"else\""), .part("alternative")])],
      in: Place.anywhere, isReserved: true, usage: "if COND { … } else { … }",
      summary: "Carries out one of two blocks. As a value: if COND then A else B.",
      example: "if wide { mask circle((9, 9), 3) }", snippet: "if ${1:condition} {\n\t$0\n}"),
    StatementSpec(
      .assert, .flow,
      [
        .value("condition", .bool, "a condition"),
        .optional([.sign(","), .value("message", .string, "a message")]),
      ], in: Place.anywhere, usage: "assert COND, \"message\"",
      summary: "A recipe's own check: where the condition is false the script stops.",
      example: "assert size <= 60, \"size is at most 60\"", snippet: "assert ${1:condition}, \"${2:message}\""
    ),
  ]

  private static let edits: [StatementSpec] = [
    StatementSpec(
      .edit, .edits, [.part("expression"), .part("block")], in: [.file, .flow], isReserved: true,
      usage: "edit \"NAME\" { … }",
      summary: "One pass of the generator over the strokes inside, starting from the previous edit's result.",
      example: "edit \"smile\" { mask circle((128, 182), 30) }", snippet: "edit \"${1:name}\" {\n\t$0\n}"),
    StatementSpec(
      .save, .edits,
      [
        .optional([.word("layers")]), .value("file", .string, "a file"),
        .optional([.word("quality"), .value("quality", .number, "a quality")]),
      ], in: [.file, .flow],
      usage: "save \"FILE\" [quality Q]  ·  save layers \"FOLDER or FILE.ora or FILE.svg\"",
      summary:
        "Writes the picture as it is at this line, as PNG, JPEG, TIFF or WebP by the name's ending; JPEG and WebP take a quality from 1 to 100.",
      example: "save \"result.png\"",
      snippet: "save \"${1:result}.png\""),
  ]

  private static let strokes: [StatementSpec] = [
    StatementSpec(
      .mask, .strokes, [.part("stroke")], in: Place.drawing, isReserved: true,
      usage: "mask SHAPE [brush N] [as \"label\"]",
      summary:
        "What the generator fills. A closed shape is filled, an open one is a line as wide as its brush. Pixels outside the mask never change.",
      example: "mask circle((128, 128), 20)", snippet: "mask $0"),
    StatementSpec(
      .sketch, .strokes, [.part("stroke")], in: Place.drawing, isReserved: true,
      usage: "sketch SHAPE [brush N] [as \"label\"]",
      summary:
        "Lines that the generator follows. A closed shape is outlined. Only what lies inside the mask has an effect.",
      example: "sketch line((98, 140), (158, 140))", snippet: "sketch $0"),
    StatementSpec(
      .color, .strokes, [.part("stroke")], in: Place.drawing, isReserved: true,
      usage: "color SHAPE with COLOR [brush N] [as \"label\"]",
      summary:
        "Colour that the generator follows; a later one lies over an earlier one. Only what lies inside the mask has an effect.",
      example: "color circle((128, 128), 20) with #8b5a2b", snippet: "color ${1:shape} with ${0:color}"),
    StatementSpec(
      .recolor, .strokes, [.part("stroke")], in: Place.drawing,
      usage: "recolor SHAPE with COLOR [brush N] [as \"label\"]",
      summary:
        "Gives a part of the picture another hue and chroma; lightness and texture stay, and no generator runs. Soft at the shape's edge.",
      example: "recolor circle((128, 128), 20) with #8b5a2b", snippet: "recolor ${1:shape} with ${0:color}"),
    StatementSpec(
      .heal, .strokes, [.part("stroke")], in: Place.drawing,
      usage: "heal SHAPE [brush N] [as \"label\"]",
      summary:
        "Fills a part of the picture with what lies around it, as sharp as the photo; no generator runs. For scratches, spots and letters.",
      example: "heal circle((128, 128), 4)", snippet: "heal $0"),
    StatementSpec(
      .warp, .strokes, [.part("stroke")], in: Place.drawing,
      usage: "warp SHAPE to SHAPE [reach N] [as \"label\"]",
      summary:
        "Moves a part of the picture: what lies on the first outline goes to the second, and what lies around gives way as far as the reach. No generator runs; masks of the edit are filled afterwards.",
      example: "warp circle((128, 128), 20) to circle((128, 128), 24)",
      snippet: "warp ${1:shape} to ${0:shape}"),
    StatementSpec(
      .erase, .strokes, [.part("stroke")], in: Place.drawing, isReserved: true, usage: "erase mask SHAPE",
      summary: "Takes away from a layer (mask, sketch or color) what was drawn before.",
      example: "erase mask circle((128, 128), 5)", snippet: "erase ${1|mask,sketch,color|} $0"),
    StatementSpec(
      .paint, .strokes, [.part("paint")], in: Place.drawing, isReserved: true,
      usage: "paint SHAPE { mask grown 4; sketch; color tint }",
      summary: "Draws one shape into several layers.",
      example: "paint circle((128, 128), 20) { mask grown 4; sketch; color #8b5a2b }",
      snippet: "paint ${1:shape} { mask grown ${2:4}; sketch; color ${3:color} }"),
    StatementSpec(
      .off, .strokes, [.part("stroke")], in: Place.drawing, isReserved: true, usage: "off STROKE",
      summary: "Keeps a stroke in the script, checked but not drawn.", example: "off mask circle((1, 2), 3)",
      snippet: "off $0"),
    StatementSpec(
      .in, .strokes, [.part("expression"), .part("block")], in: Place.drawing, isReserved: true,
      usage: "in FRAME { … }",
      summary:
        "A frame for the shapes inside, also for what is called there: in face, in moved(by: P), in scaled(by:, about:), in rotated(by:, about:) and chains of them; frames nest.",
      example: "in face { mask circle((0, 0), 0.4) }", snippet: "in ${1:face} {\n\t$0\n}"),
    StatementSpec(
      .seed, .strokes, [.value("number", .number, "a seed")], in: Place.drawing, repeats: .oncePerEdit,
      usage: "seed N", summary: "Which noise the generator starts from; without it 0. At most once an edit.",
      example: "seed 7", snippet: "seed ${1:1}"),
    StatementSpec(
      .blend, .strokes,
      [.either([[.word("none")], [.word("feather"), .value("radius", .number, "a feather's width")]])],
      in: Place.drawing, repeats: .oncePerEdit, usage: "blend none  ·  blend feather R",
      summary: "How the fill meets the photo; feathering happens inside the mask only. At most once an edit.",
      example: "blend feather 4", snippet: "blend ${1|none,feather 4|}"),
    StatementSpec(
      .tone, .strokes,
      [.either([[.word("none")], [.word("within"), .value("levels", .number, "a number of levels")]])],
      in: Place.drawing, repeats: .oncePerEdit, usage: "tone none  ·  tone within N",
      summary:
        "How far the fill's tone may be changed towards the photo around it, in levels of 255; without it within 24, with 'blend none' not at all.",
      example: "tone within 12", snippet: "tone ${1|none,within 12|}"),
    StatementSpec(
      .grain, .strokes,
      [.either([[.word("none")], [.word("strength"), .value("share", .number, "the grain's strength")]])],
      in: Place.drawing, repeats: .oncePerEdit, usage: "grain none  ·  grain strength N",
      summary:
        "How much of the photo's own grain a smooth fill gets: 1 is as much as the photo has, and what happens without it; with 'blend none' there is none.",
      example: "grain strength 0.5", snippet: "grain ${1|none,strength 0.5|}"),
    StatementSpec(
      .octaves, .strokes, [.word("off")], in: Place.drawing, repeats: .oncePerEdit, usage: "octaves off",
      summary:
        "Generates a large square once at the generator's size and enlarges it, instead of refining it octave by octave up to the photo's resolution.",
      example: "octaves off", snippet: "octaves off"),
    StatementSpec(
      .mirror, .strokes, [.word("off")], in: Place.drawing, repeats: .oncePerEdit, usage: "mirror off",
      summary:
        "Keeps what lies opposite in the face from the generator: one mole goes although there is another.",
      example: "mirror off", snippet: "mirror off"),
  ]

  /// What an edit has at most one of.
  public static let editSettings = statements.filter { $0.repeats == .oncePerEdit }

  /// All modifiers, in the order in which the formatter writes them.
  public static let modifiers: [ModifierSpec] = [
    ModifierSpec(
      id: .with, type: .color, what: "'with'", isForStrokes: true, isForEntries: true,
      usage: "color SHAPE with COLOR", summary: "The stroke's colour."),
    ModifierSpec(
      id: .grown, type: .number, what: "'grown'", isForStrokes: false, isForEntries: true,
      usage: "mask grown N",
      summary: "The painted shape grown by N for this layer."),
    ModifierSpec(
      id: .to, type: .shape, what: "'to'", isForStrokes: true, isForEntries: false,
      usage: "warp SHAPE to SHAPE", summary: "Where the outline of a warp goes, point for point."),
    ModifierSpec(
      id: .reach, type: .number, what: "a warp's reach", isForStrokes: true, isForEntries: false,
      usage: "warp SHAPE to SHAPE reach N",
      summary: "How far from the outline the picture gives way, in script units, scaled with the frame."),
    ModifierSpec(
      id: .at, type: .point, what: "an image's place", isForStrokes: true, isForEntries: false,
      usage: "mask image(\"FILE\") at (x, y) size (w, h)",
      summary: "Where the upper left corner of an image lies."),
    ModifierSpec(
      id: .size, type: .point, what: "an image's size", isForStrokes: true, isForEntries: false,
      usage: "mask image(\"FILE\") at (x, y) size (w, h)", summary: "How wide and high an image is drawn."),
    ModifierSpec(
      id: .brush, type: .number, what: "a brush's width", isForStrokes: true, isForEntries: true,
      usage: "STROKE brush N",
      summary: "The width of an open shape's line, in script units, scaled with the frame."),
    ModifierSpec(
      id: .label, type: .string, what: "a label", isForStrokes: true, isForEntries: false,
      usage: "STROKE as \"label\"  ·  use \"FILE\" as NAME",
      summary: "A stroke's label in plans, diffs and diagnostics; a used file's name."),
  ]

  /// Words of expressions and of statements' forms.
  public static let words: [String: WordSpec] = [
    "eyes": WordSpec("face eyes P, P", "The eyes' places, the one on the picture's left first."),
    "mouth": WordSpec("face eyes P, P mouth P", "The mouth's place."),
    "auto": WordSpec("face auto", "Eyes and mouth are those of the largest face that is found in the photo."),
    "size": WordSpec("region (x, y) size S", "The region's side in photo pixels."),
    "at": WordSpec("region (x, y) size S at N", "The size the generator runs at, a multiple of 128."),
    "layers": WordSpec(
      "save layers \"FOLDER\"",
      "Writes the layers of each edit instead of the picture; also as FILE.ora or FILE.svg."),
    "quality": WordSpec("save \"FILE.jpg\" quality Q", "How well JPEG or WebP keeps the picture, 1 to 100."),
    "none": WordSpec("blend none", "The fill replaces the photo inside the mask, without a transition."),
    "feather": WordSpec("blend feather R", "The fill fades into the photo over R units inside the mask."),
    "within": WordSpec("tone within N", "The most that tone is changed, in levels of 255."),
    "strength": WordSpec("grain strength N", "The grain's strength as a share of the photo's own."),
    "then": WordSpec("if COND then A else B", "The value where the condition is true."),
    "else": WordSpec("if COND { … } else { … }  ·  if COND then A else B", "What happens otherwise."),
    "true": WordSpec("true", "The condition that always holds."),
    "false": WordSpec("false", "The condition that never holds."),
    "left_eye": WordSpec("left_eye", "The eye on the picture's left, in the units of 'in face'."),
    "right_eye": WordSpec("right_eye", "The eye on the picture's right, in the units of 'in face'."),
  ].merging(outlines) { first, _ in first }

  /// The shapes that are found in a face, by the names they have in 'in face'; names of the script go before them.
  public static let outlines: [String: WordSpec] = [
    "lips": WordSpec("lips", "In 'in face': the lips as found in the photo, without what lies between them."),
    "mouth_opening": WordSpec(
      "mouth_opening", "In 'in face': what lies between the lips, as found in the photo."),
    "left_brow": WordSpec(
      "left_brow", "In 'in face': the brow on the picture's left, as found in the photo."),
    "right_brow": WordSpec(
      "right_brow", "In 'in face': the brow on the picture's right, as found in the photo."),
    "left_eye_shape": WordSpec(
      "left_eye_shape", "In 'in face': the eye on the picture's left between its lids, as found in the photo."
    ),
    "right_eye_shape": WordSpec(
      "right_eye_shape",
      "In 'in face': the eye on the picture's right between its lids, as found in the photo."),
    "face_shape": WordSpec(
      "face_shape", "In 'in face': the face from the hairline to the chin, as found in the photo."),
  ]

  /// The frame that a face gives, which is no value of its own.
  public static let faceFrame = WordSpec(
    "in face { … }",
    "Origin midway between the eyes, unit the distance between them, x along the eye line; left_eye, right_eye and mouth are defined there, and the shapes lips, mouth_opening, left_brow, right_brow, left_eye_shape, right_eye_shape and face_shape, as found in the photo."
  )

  private static let byID = Dictionary(
    statements.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  private static let modifierByID = Dictionary(
    modifiers.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })

  /// The row of a statement.
  public static subscript(id: StatementID) -> StatementSpec {
    guard let spec = byID[id] else { preconditionFailure("'\(id.rawValue)' has no row in the table") }
    return spec
  }

  /// The row of a keyword; nil where it begins no statement.
  public static func statement(_ keyword: String) -> StatementSpec? {
    StatementID(rawValue: keyword).flatMap { byID[$0] }
  }

  /// The row of a modifier; nil where the word is none.
  public static func modifier(_ keyword: String) -> ModifierSpec? {
    ModifierID(rawValue: keyword).flatMap { modifierByID[$0] }
  }

  /// What a word means, wherever it stands but at the start of a statement.
  public static func word(_ word: String) -> WordSpec? {
    if let modifier = modifier(word) { return WordSpec(modifier.usage, modifier.summary) }
    return words[word]
  }
}

/// The words of the language.
public enum Keyword {
  /// Words of expressions that cannot be names.
  static let ofExpressions = ["if", "then", "else", "true", "false", "in"]

  /// Words that cannot be names.
  public static let reserved = Set(Language.statements.filter(\.isReserved).map(\.keyword)).union(
    ofExpressions)

  /// Words that begin a statement where one may begin.
  public static let statements = Set(Language.statements.map(\.keyword))

  /// Words with a meaning inside one statement only; ordinary names elsewhere.
  public static let contextual = Set(Language.statements.flatMap(\.words)).union(
    Language.modifiers.map(\.keyword))

  /// The types that a definition's parameters may have.
  public static let types = ValueType.declarable.map(\.rawValue)

  /// Every word, sorted.
  public static let all = reserved.union(statements).union(contextual).sorted()

  /// Operators, brackets and separators; the longest first where one begins another.
  public static let punctuation = [
    "..<", "...", "==", "!=", "<=", ">=", "&&", "||", "+", "-", "*", "/", "%", "&", "!", "<", ">",
    "=", "(", ")", "[", "]", "{", "}", ",", ":", ".",
  ]
}
