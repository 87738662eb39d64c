/// The words of the language, each in a line or two: what hovers, completion lists and help show.
public enum LanguageReference {
  /// A word with how it is written and what it means.
  public struct Entry: Hashable, Sendable {
    public var usage: String
    public var summary: String
    /// The statement as a snippet in the notation of the Language Server Protocol; nil where
    /// the word begins no statement.
    public var snippet: String?

    init(_ usage: String, _ summary: String, _ snippet: String? = nil) {
      self.usage = usage
      self.summary = summary
      self.snippet = snippet
    }
  }

  /// Words that begin a statement.
  public static let statements: [String: Entry] = [
    "fedit": Entry(
      "fedit 1", "The language's version; optional, but recommended as the first line.", "fedit 1"),
    "photo": Entry(
      "photo \"FILE\"", "The picture under edit: PNG or JPEG, any size, EXIF orientation honoured.",
      "photo \"$1\""),
    "model": Entry(
      "model \"NAME-or-FILE\"", "The generator; without this line the built-in one.", "model \"$1\""),
    "canvas": Entry(
      "canvas (W, H)",
      "The script's own coordinates, stretched over the photo. Without it they are photo pixels: origin top left, x right, y down, pixel centres at .5.",
      "canvas (${1:512}, ${2:512})"),
    "face": Entry(
      "face eyes P, P mouth P",
      "Where the eyes and the mouth are, in canvas units; the first eye is the one on the picture's left. The mouth may be left out.",
      "face eyes (${1:98}, ${2:122}), (${3:158}, ${4:122}) mouth (${5:128}, ${6:182})"),
    "region": Entry(
      "region (x, y) size S [at N]",
      "The square of the photo, in whole photo pixels, that the generator sees, and at which size it runs. Where S is the generator's size nothing is resampled.",
      "region (${1:0}, ${2:0}) size ${3:256}"),
    "param": Entry(
      "param NAME: TYPE = DEFAULT \"what it is\"",
      "A value that is set from outside by --set NAME=VALUE; a number, bool, string, color or point.",
      "param ${1:name}: ${2|number,bool,string,color,point|} = ${3:1} \"${4:what it is}\""),
    "let": Entry(
      "let NAME = EXPR", "A name for a value: never reassigned, visible to the end of its block.",
      "let ${1:name} = $0"),
    "def": Entry(
      "def NAME(P: TYPE = DEFAULT, …) { … }  ·  def NAME(…) = EXPR",
      "A procedure that draws, or a function that gives a value. Usable before its line; no recursion.",
      "def ${1:name}(${2:at: point}) {\n\t$0\n}"),
    "use": Entry(
      "use \"FILE\"  ·  use \"FILE\" as NAME",
      "Takes another script's param, let and def; its photo and edits are not taken.", "use \"$1\""),
    "for": Entry(
      "for x in LIST-or-RANGE { … }", "Carries out its block for each element.",
      "for ${1:i} in ${2:0..<8} {\n\t$0\n}"),
    "if": Entry(
      "if COND { … } else { … }",
      "Carries out one of two blocks. As a value: if COND then A else B.",
      "if ${1:condition} {\n\t$0\n}"),
    "assert": Entry(
      "assert COND, \"message\"", "A recipe's own check: where the condition is false the script stops.",
      "assert ${1:condition}, \"${2:message}\""),
    "edit": Entry(
      "edit \"NAME\" { … }",
      "One pass of the generator over the strokes inside, starting from the previous edit's result.",
      "edit \"${1:name}\" {\n\t$0\n}"),
    "save": Entry(
      "save \"FILE\"  ·  save layers \"FOLDER\"", "Writes the picture as it is at this line, as PNG.",
      "save \"${1:result}.png\""),
    "mask": Entry(
      "mask SHAPE [brush N] [as \"label\"]",
      "What the generator fills. A closed shape is filled, an open one is a line as wide as its brush. Pixels outside the mask never change.",
      "mask $0"),
    "sketch": Entry(
      "sketch SHAPE [brush N] [as \"label\"]",
      "Lines that the generator follows. A closed shape is outlined. Only what lies inside the mask has an effect.",
      "sketch $0"),
    "color": Entry(
      "color SHAPE with COLOR [brush N] [as \"label\"]",
      "Colour that the generator follows; a later one lies over an earlier one. Only what lies inside the mask has an effect.",
      "color ${1:shape} with ${0:color}"),
    "erase": Entry(
      "erase mask SHAPE", "Takes away from a layer (mask, sketch or color) what was drawn before.",
      "erase ${1|mask,sketch,color|} $0"),
    "paint": Entry(
      "paint SHAPE { mask grown 4; sketch; color tint }", "Draws one shape into several layers.",
      "paint ${1:shape} { mask grown ${2:4}; sketch; color ${3:color} }"),
    "off": Entry("off STROKE", "Keeps a stroke in the script, checked but not drawn.", "off $0"),
    "in": Entry(
      "in FRAME { … }",
      "A frame for the shapes inside, also for what is called there: in face, in moved(by: P), in scaled(by:, about:), in rotated(by:, about:) and chains of them; frames nest.",
      "in ${1:face} {\n\t$0\n}"),
    "seed": Entry(
      "seed N", "Which noise the generator starts from; without it 0. At most once an edit.", "seed ${1:1}"),
    "blend": Entry(
      "blend none  ·  blend feather R",
      "How the fill meets the photo; feathering happens inside the mask only. At most once an edit.",
      "blend ${1|none,feather 4|}"),
  ]

  /// Words with a meaning inside a statement.
  public static let words: [String: Entry] = [
    "eyes": Entry("face eyes P, P", "The eyes' places, the one on the picture's left first."),
    "mouth": Entry("face eyes P, P mouth P", "The mouth's place."),
    "size": Entry("region (x, y) size S", "The region's side in photo pixels."),
    "at": Entry("region (x, y) size S at N", "The size the generator runs at, a multiple of 128."),
    "as": Entry(
      "STROKE as \"label\"  ·  use \"FILE\" as NAME",
      "A stroke's label in plans, diffs and diagnostics; a used file's name."),
    "with": Entry("color SHAPE with COLOR", "The stroke's colour."),
    "brush": Entry(
      "STROKE brush N", "The width of an open shape's line, in script units, scaled with the frame."),
    "grown": Entry("mask grown N", "The painted shape grown by N for this layer."),
    "layers": Entry("save layers \"FOLDER\"", "Writes the layers of each edit instead of the picture."),
    "none": Entry("blend none", "The fill replaces the photo inside the mask, without a transition."),
    "feather": Entry("blend feather R", "The fill fades into the photo over R units inside the mask."),
    "then": Entry("if COND then A else B", "The value where the condition is true."),
    "else": Entry("if COND { … } else { … }  ·  if COND then A else B", "What happens otherwise."),
    "true": Entry("true", "The condition that always holds."),
    "false": Entry("false", "The condition that never holds."),
    "left_eye": Entry("left_eye", "The eye on the picture's left, in the units of 'in face'."),
    "right_eye": Entry("right_eye", "The eye on the picture's right, in the units of 'in face'."),
  ]

  /// Types, as parameters are declared.
  public static let types: [String: Entry] = [
    "number": Entry("12  1.5  1e3", "A number, at most 1000000 in size."),
    "bool": Entry("true  false", "A condition."),
    "string": Entry("\"text \\(value)\"", "A text; \\(…) puts a value in."),
    "color": Entry("#8b5a2b  brown  rgb(139, 90, 43)  sample(P)", "A colour."),
    "point": Entry("(x, y)", "A place; .x and .y are its coordinates."),
    "shape": Entry("circle((10, 10), 4)", "A line or an area; shapes combine by +, - and &."),
    "list": Entry("[a, b]  0..<8", "Values in order; list[0] is the first."),
  ]

  /// The frame names of `in`.
  static let faceFrame = Entry(
    "in face { … }",
    "Origin midway between the eyes, unit the distance between them, x along the eye line; left_eye, right_eye and mouth are defined there."
  )

  /// The layers, where a stroke begins.
  static let layerNames = ["mask", "sketch", "color"]
}
