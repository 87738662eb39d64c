extension DiagnosticCode {
  /// What is wrong with names and files.
  static let naming: [DiagnosticCode] = [
    .init(
      .unknownName, "a name that nothing has",
      "Names come from let, param, for, def, a definition's parameters, a used file, and, inside in face, from the face. They are in sight from their line to the end of their block. The nearest name in sight is suggested.",
      remedy: "correct the name, or introduce it with 'let'", failing: "let width = 12\nlet half = wdith / 2",
      working: "let width = 12\nlet half = width / 2"),
    .init(
      .unknownMember, "a method or part that a value does not have",
      "Points have .x and .y, shapes have .moved, .scaled, .rotated, .mirrored and .grown. The nearest one is suggested.",
      remedy: "use one of the methods that the value has",
      failing: "let spot = circle((98, 122), 20).grwon(3)",
      working: "let spot = circle((98, 122), 20).grown(3)"),
    .init(
      .unknownType, "a type that does not exist",
      "Parameters have one of the types number, angle, bool, string, color and point; those of a def may also be shape or list.",
      remedy: "use one of the types of the language", failing: "param tint: colour = #8b5a2b",
      working: "param tint: color = #8b5a2b"),
    .init(
      .unknownVersion, "a script for another version of the language",
      "fedit 1 at the top says which version of the language the script is written in. A script of a later version may mean something that this program does not know, so it is refused.",
      remedy: "update fedit, or write 'fedit 1'", failing: "fedit 2\nlet width = 12",
      working: "fedit 1\nlet width = 12"),
    .init(
      .duplicateName, "a name that is given twice",
      "A name means one thing wherever it is in sight: it is never given again, and no inner block hides an outer name. So a line can be read without looking for what was changed before it.",
      remedy: "choose another name", failing: "let width = 12\nlet width = 13",
      working: "let width = 12\nlet wider = 13"),
    .init(
      .duplicateEdit, "two edits of one name",
      "Edits are told apart by their names: in reports, in --only, in what reviewers read.",
      remedy: "give the edit a name of its own",
      failing:
        "photo \"portrait.png\"\nedit \"eye\" { mask circle((98, 122), 20) }\nedit \"eye\" { mask circle((158, 122), 20) }",
      working:
        "photo \"portrait.png\"\nedit \"left eye\" { mask circle((98, 122), 20) }\nedit \"right eye\" { mask circle((158, 122), 20) }"
    ),
    .init(
      .usedTooEarly, "a value that is used before its line",
      "let and param are carried out from top to bottom, so a value exists from its line on. Definitions may stand anywhere.",
      remedy: "move the 'let' or 'param' above its use", failing: "let half = width / 2\nlet width = 12",
      working: "let width = 12\nlet half = width / 2"),
    .init(
      .notAFunction, "a call of something that is no function",
      "Only what def introduces, and the functions of the language, can be called.",
      remedy: "remove the parentheses", failing: "let width = 12\nlet half = width(2)",
      working: "let width = 12\nlet half = width / 2"),
    .init(
      .notAValue, "something that has no value where one is needed",
      "The name of a function is no value without its parentheses, that of a used file is none either, and a definition with a block draws instead of giving a value.",
      remedy: "call the function, or name what is meant inside the file",
      failing: "def half(x: number) = x / 2\nlet width = half + 1",
      working: "def half(x: number) = x / 2\nlet width = half(12) + 1"),
    .init(
      .notAProcedure, "a call that draws nothing",
      "Only a definition with a block can stand as a statement.",
      remedy: "call a definition that has a block", failing: "dot((98, 122))",
      working:
        "photo \"portrait.png\"\ndef dot(at: point) { mask circle(at, 3) }\nedit \"dots\" { dot((98, 122)) }",
      isShown: false),
    .init(
      .recursion, "a definition that calls itself",
      "Every script ends: loops are over lists and ranges, and no definition calls itself, directly or through others.",
      remedy: "repeat with 'for'", failing: "def steps(n: number) = steps(n - 1) + 1",
      working: "def steps(n: number) = n + 1"),
    .init(
      .useCycle, "files that use one another",
      "A file is read before the one that uses it, so two files cannot use each other. The message shows the circle.",
      remedy: "move what both need into a third file", failing: "use \"eyes.fedit\"",
      working: "use \"brows.fedit\"",
      files: ["eyes.fedit": "use \"eyes.fedit\"", "brows.fedit": "let width = 12"]),
    .init(
      .literalPath, "a used file whose name is computed",
      "The files of a script are known before anything in it is evaluated, so that checks, locks and reviews see all of it. use therefore takes a path written out.",
      remedy: "write the path out, in quotes", failing: "let name = \"brows\"\nuse \"\\(name).fedit\"",
      working: "use \"brows.fedit\"", files: ["brows.fedit": "let width = 12"]),
    .init(
      .lookAlikeName, "a name that looks like another",
      "Letters of different alphabets may look the same: the Cyrillic а and the Latin a. A name that reads like another name of the script, or like a word of the language, misleads whoever reviews it.",
      remedy: "write the name with letters of one alphabet",
      failing: "let radius = 12\nlet r\u{430}dius = 90",
      working: "let radius = 12\nlet wider = 90", severity: .warning),
    .init(
      .hiddenCharacter, "a character that cannot be seen",
      "Characters that turn the direction of writing, or that have no width, make a line read differently from what it says. They are never needed outside texts, and seldom inside.",
      remedy: "remove the character", failing: "// small \u{202E}egral\nlet width = 12",
      working: "// small\nlet width = 12", severity: .warning),
    .init(
      .missingFile, "a file that is not there",
      "Paths are relative to the folder of the script in which they stand, not to the current folder.",
      remedy: "check the path; it is relative to the script's folder", failing: "photo \"portrai.png\"",
      working: "photo \"portrait.png\""),
    .init(
      .unreadableFile, "a file that cannot be read",
      "The file is there, but it may not be read, or it is not what its name says: a text named .png, a picture that breaks off, a format that is not supported.",
      remedy: "check that it is a PNG, JPEG, TIFF, WebP or HEIC picture, and that it may be read",
      failing: "photo \"broken.png\"",
      working: "photo \"portrait.png\"", isShown: false),
    .init(
      .malformedFile, "a file whose contents are wrong",
      "The file was read, but it is not what its name or its place in the script promises: a picture that breaks off, a model whose tensors do not fit.",
      remedy: "replace the file with one that is whole", failing: "photo \"broken.png\"",
      working: "photo \"portrait.png\"", isShown: false),
    .init(
      .badPath, "a path that a script may not name",
      "Scripts name files below their root: the script's folder, or the one that --root gives. A path that is absolute or leads out of it, even by a symbolic link, is refused, so that a script from somebody else reads and writes nothing of yours. Pictures are saved as PNG, JPEG, TIFF or WebP, so the name ends with .png, .jpg, .jpeg, .tif, .tiff or .webp.",
      remedy: "keep files in the script's folder or below it", failing: "photo \"../portrait.png\"",
      working: "photo \"portrait.png\""),
    .init(
      .overwritesInput, "an output that would replace an input",
      "Earlier outputs are written over, inputs never: the photo, the script and what they use stay as they are, so that every result can be made again.",
      remedy: "save under another name", failing: "photo \"portrait.png\"\nsave \"portrait.png\"",
      working: "photo \"portrait.png\"\nsave \"portrait-edited.png\""),
    .init(
      .tooManyFiles, "a program of too many files",
      "A program may consist of up to 1,000 files.", remedy: "join some of the files",
      failing: "use \"part-1001.fedit\"", working: "use \"brows.fedit\"",
      files: ["brows.fedit": "let width = 12"], isShown: false),
  ]
}
