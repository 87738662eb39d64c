extension DiagnosticCode {
  /// What is wrong with values.
  static let values: [DiagnosticCode] = [
    .init(
      .wrongType, "a value of another type than is needed",
      "Values have types: number, angle, bool, string, color, point, list, range, shape. None turns into another by itself. A bare number is no angle: 30deg is. A colour stands without quotes.",
      remedy: "give a value of the type that is asked for", failing: "let spot = circle(98, 20)",
      working: "let spot = circle((98, 122), 20)"),
    .init(
      .wrongArguments, "arguments that do not fit the function",
      "A function gets each of its parameters once, in order or by name; those with a default may be left out. The message shows how the function is written.",
      remedy: "compare with the function's form", failing: "let spot = circle((98, 122))",
      working: "let spot = circle((98, 122), 20)"),
    .init(
      .numberTooLarge, "a number of more than a million",
      "Coordinates, sizes and all other numbers are finite and at most 1,000,000 in size, far more than any picture has pixels. A larger one is a slip, or the result of one.",
      remedy: "use smaller numbers", failing: "let far = 1e30", working: "let far = 1000"),
    .init(
      .divisionByZero, "a division by zero",
      "A number divided by zero has no value.", remedy: "choose another way with 'if x == 0 then … else …'",
      failing: "let parts = 0\nlet each = 12 / parts", working: "let parts = 3\nlet each = 12 / parts"),
    .init(
      .badIndex, "an index outside the list",
      "The elements of a list are numbered from 0, so the last one of three has the number 2.",
      remedy: "use a whole number from 0 to the length less 1",
      failing: "let sizes = [3, 5, 8]\nlet last = sizes[3]",
      working: "let sizes = [3, 5, 8]\nlet last = sizes[2]"),
    .init(
      .badRange, "a range whose ends are not whole numbers",
      "A range counts in ones: 0..<8 is 0 to 7, 0...8 is 0 to 8. Its ends are whole numbers.",
      remedy: "use whole numbers and compute from them",
      failing: "let list = 0..<2.5", working: "let list = 0..<3"),
    .init(
      .outOfRange, "a value outside what makes sense",
      "Radii are more than 0, parts of colours lie within their ranges, square roots are of numbers from 0, shapes stay within a million pixels of the picture, samples inside it.",
      remedy: "use a value in the range that the message gives", failing: "let spot = circle((98, 122), -3)",
      working: "let spot = circle((98, 122), 3)"),
    .init(
      .textTooLong, "a text of more than 65,536 bytes",
      "Texts are names, labels and messages. One that is put together from others may have up to 65,536 bytes.",
      remedy: "make the text shorter",
      failing:
        "let a = \"0123456789abcdef\"\nlet b = \"\\(a)\\(a)\\(a)\\(a)\\(a)\\(a)\\(a)\\(a)\\(a)\\(a)\\(a)\\(a)\\(a)\\(a)\\(a)\\(a)\\(a)\"\nlet c = \"\\(b)\\(b)\\(b)\\(b)\\(b)\\(b)\\(b)\\(b)\\(b)\\(b)\\(b)\\(b)\\(b)\\(b)\\(b)\\(b)\\(b)\"\nlet d = \"\\(c)\\(c)\\(c)\\(c)\\(c)\\(c)\\(c)\\(c)\\(c)\\(c)\\(c)\\(c)\\(c)\\(c)\\(c)\\(c)\\(c)\"",
      working: "let a = \"0123456789abcdef\"\nlet b = \"\\(a)\\(a)\""),
    .init(
      .badPathData, "SVG path data that cannot be read",
      "path(…) takes the data of an SVG path: commands such as M, L, C, A and Z with their numbers, beginning with M. The mark shows the place in the data.",
      remedy: "compare with \"M 10 10 L 20 20 Z\"", failing: "let tick = path(\"M 10 10 K 20 20\")",
      working: "let tick = path(\"M 10 10 L 20 20\")"),
    .init(
      .tooManyElements, "a list or shape of too many parts",
      "Lists, and the points and curves of a shape, may have up to a million elements.",
      remedy: "draw it in parts", failing: "let most = max(-1000000..<1000000)",
      working: "let most = max(0..<1000)"),
  ]
}
