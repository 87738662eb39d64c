extension DiagnosticCode {
  /// What keeps a script from ending well.
  static let evaluating: [DiagnosticCode] = [
    .init(
      .assertionFailed, "an assertion of the script does not hold",
      "assert states what a recipe needs, for instance that a parameter lies in a range. Its message says what was wrong.",
      remedy: "change the values that the assertion is about",
      failing: "param size: number = 90\nassert size <= 60, \"size is at most 60\"",
      working: "param size: number = 45\nassert size <= 60, \"size is at most 60\""),
    .init(
      .cancelled, "an evaluation that was interrupted",
      "Somebody pressed Ctrl-C, or an editor changed the script while it was being evaluated. Nothing is wrong with the script.",
      remedy: "run it again", failing: "let width = 12", working: "let width = 12", isShown: false),
    .init(
      .tooManySteps, "a script that goes on too long",
      "Statements, calls, and the parts of what they make are counted, so that every script ends soon. A million is far more than a picture needs.",
      remedy: "shorten its loops, or raise the limit with --max-steps",
      failing: "for i in 0..<2000 {\n    for j in 0..<2000 {\n        let x = i + j\n    }\n}",
      working: "for i in 0..<20 {\n    for j in 0..<20 {\n        let x = i + j\n    }\n}"),
    .init(
      .tooManyStrokes, "a script that draws too much",
      "A program draws up to 100,000 strokes.",
      remedy: "shorten its loops, or raise the limit with --max-strokes",
      failing:
        "photo \"portrait.png\"\nedit \"dots\" {\n    for i in 0..<400 {\n        for j in 0..<400 {\n            mask line((i, j), (i, j + 1))\n        }\n    }\n}",
      working:
        "photo \"portrait.png\"\nedit \"dots\" {\n    for i in 0..<4 {\n        for j in 0..<4 {\n            mask line((i, j), (i, j + 1))\n        }\n    }\n}"
    ),
  ]
}
