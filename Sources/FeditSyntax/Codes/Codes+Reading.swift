extension DiagnosticCode {
  /// What the lexer and the parser find.
  static let reading: [DiagnosticCode] = [
    .init(
      .invalidUTF8, "the file is not UTF-8",
      "Scripts are texts in UTF-8. A file in another encoding, or one that is no text, is refused with the place of the first byte that does not fit, because names and paths in it could mean anything.",
      remedy: "save the script as UTF-8; most editors offer that beside the file's name",
      failing: "photo \"caf\u{FFFD}.png\"", working: "photo \"portrait.png\"", isShown: false),
    .init(
      .unexpectedCharacter, "a character that means nothing here",
      "The language uses letters of any script for names, and the signs of its operators and brackets. Typographic quotes, which word processors put in, are the usual case: texts stand between straight double quotes.",
      remedy: "remove the character", failing: "photo \u{201C}portrait.png\u{201D}",
      working: "photo \"portrait.png\""),
    .init(
      .unclosedString, "a text without its closing quote",
      "A text begins and ends with a double quote on the same line. A line break inside a text is written \\n, a quote \\\".",
      remedy: "close the text with '\"'", failing: "photo \"portrait.png", working: "photo \"portrait.png\""),
    .init(
      .unclosedComment, "a comment without its end",
      "A comment that begins with /* goes on to its */, over lines, and comments nest: each /* inside needs its own */.",
      remedy: "close the comment with '*/'", failing: "photo \"portrait.png\"\n/* eyes: /* left */ and right",
      working: "photo \"portrait.png\"\n/* eyes: /* left */ and right */"),
    .init(
      .invalidNumber, "a number with something behind it",
      "Numbers have no units: lengths are in the script's own coordinates. The only thing that may follow a number is deg, which makes it an angle.",
      remedy: "remove what follows the number", failing: "let width = 12px", working: "let width = 12"),
    .init(
      .invalidColor, "a colour that is no colour",
      "After # stand three or six hexadecimal digits, as in style sheets: #8b5a2b, or #fff for #ffffff.",
      remedy: "write #rgb or #rrggbb", failing: "let brown = #8b5a2", working: "let brown = #8b5a2b"),
    .init(
      .invalidEscape, "an unknown escape in a text",
      "In a text a backslash begins one of \\n, \\t, \\\\, \\\" and \\(value). Anything else behind a backslash is most likely a slip, for instance in a path with the separators of another system.",
      remedy: "write \\\\ for a backslash, and / between folders",
      failing: "photo \"pictures\\portrait.png\"",
      working: "photo \"portrait.png\""),
    .init(
      .expected, "something is missing, or something stands in its place",
      "The statement goes on otherwise than the language has it. The message says what could stand at the mark; the reference page of the statement shows its whole form.",
      remedy: "compare with the statement's page in the reference", failing: "let width 12",
      working: "let width = 12"),
    .init(
      .unclosedBracket, "a bracket that is never closed",
      "Brackets are reported where they were opened, once, and the statements behind are read all the same. Where a brace is missing, the indentation of the lines decides which one it was.",
      remedy: "add the closing bracket",
      failing: "photo \"portrait.png\"\nedit \"eye\" {\n    mask circle((98, 122), 20\n}",
      working: "photo \"portrait.png\"\nedit \"eye\" {\n    mask circle((98, 122), 20)\n}"),
    .init(
      .unexpectedBracket, "a closing brace too many",
      "This } closes nothing: there is no block open at its place. Either it is left over, or the { of its block is missing.",
      remedy: "remove it, or add the '{' that it belongs to", failing: "let width = 12\n}",
      working: "let width = 12"),
    .init(
      .nestingTooDeep, "brackets, calls or shapes inside one another without end",
      "What a person writes nests a few levels. Brackets, operators in a row and blocks may nest 200 levels, calls 128, shapes put together 256: deeper, a machine wrote the script, and it is refused before it uses up the memory of the one that reads it.",
      remedy: "give parts of it names with 'let'", failing: "let x = ((((((…))))))",
      working: "let x = (1 + 2) * 3",
      isShown: false),
    .init(
      .unknownStatement, "a line that begins with no statement",
      "Each statement begins with its word, such as mask or let, or is the call of a procedure that a def introduces. The nearest word is suggested.",
      remedy: "begin with a statement's word", failing: "let width = 12\nfoto \"portrait.png\"",
      working: "let width = 12\nphoto \"portrait.png\""),
    .init(
      .reservedWord, "a word of the language used as a name",
      "Some words, such as mask, color and let, always begin a statement or belong to one, so they cannot name a value. Words such as at, size and brush are free outside their place.",
      remedy: "choose another name", failing: "let mask = circle((98, 122), 20)",
      working: "let spot = circle((98, 122), 20)"),
    .init(
      .repeatedModifier, "a modifier that stands twice",
      "A stroke has at most one colour (with), one width (brush) and one label (as), in any order.",
      remedy: "keep one of them",
      failing: "photo \"portrait.png\"\nedit \"brow\" { mask line((80, 100), (110, 98)) brush 4 brush 6 }",
      working: "photo \"portrait.png\"\nedit \"brow\" { mask line((80, 100), (110, 98)) brush 6 }"),
    .init(
      .chainedOperator, "two comparisons or ranges in a row",
      "Comparisons and ranges have two sides: whether x lies between two numbers is asked by two comparisons, joined with &&.",
      remedy: "join the two with '&&'", failing: "let x = 3\nassert 1 < x < 5",
      working: "let x = 3\nassert 1 < x && x < 5"),
    .init(
      .unusedValue, "a value that nothing is done with",
      "A shape alone draws nothing: a stroke says into which layer it goes. A value alone is lost: let gives it a name.",
      remedy: "draw it with 'mask', 'sketch' or 'color', or name it with 'let'",
      failing:
        "photo \"portrait.png\"\nedit \"eye\" {\n    mask circle((98, 122), 20)\n    circle((158, 122), 20)\n}",
      working:
        "photo \"portrait.png\"\nedit \"eye\" {\n    mask circle((98, 122), 20)\n    mask circle((158, 122), 20)\n}"
    ),
  ]
}
