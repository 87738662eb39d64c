/// <reference types="tree-sitter-cli/dsl" />
// The language of Grammar/fedit.ebnf for tree-sitter. Line breaks end statements; inside brackets they
// are spaces, which needs no scanner: a bracket's content has no place for one.

// The words of the language and the forms of its plain statements, made from fedit's own table.
const language = require("./language.json");

// A form of language.json as a rule.
const form = ($, slots) =>
  seq(...slots.map((slot) =>
    typeof slot === "string" ? $[slot]
    : slot.word ? slot.word
    : slot.optional ? optional(form($, slot.optional))
    : choice(...slot.choice.map((slots) => form($, slots)))));

const comma = (rule) => seq(rule, repeat(seq(",", rule)), optional(","));

module.exports = grammar({
  name: "fedit",

  extras: ($) => [/\s/, $.line_comment, $.block_comment],
  word: ($) => $.identifier,

  rules: {
    script: ($) => repeat(choice($._statement, ";")),
    block: ($) => seq("{", repeat(choice($._statement, ";")), "}"),

    _statement: ($) =>
      choice(
        $.plain, $.param, $.let, $.def, $.for, $.if, $.edit, $.stroke, $.paint, $.frame, $.call_statement,
      ),

    plain: ($) =>
      choice(
        ...Object.entries(language.plain).map(([keyword, slots]) =>
          prec.right(seq(field("word", keyword), form($, slots))))),
    param: ($) =>
      prec.right(
        seq("param", field("name", $.identifier), ":", $.type, "=", $._expression, optional($.string))),
    let: ($) => seq("let", field("name", $.identifier), "=", $._expression),
    def: ($) =>
      seq("def", field("name", $.identifier), $.parameters, choice($.block, seq("=", $._expression))),
    parameters: ($) => seq("(", optional(comma($.parameter)), ")"),
    parameter: ($) =>
      seq(field("name", $.identifier), ":", $.type, optional(seq("=", $._expression))),
    type: () => choice(...language.types),
    for: ($) => seq("for", field("name", $.identifier), "in", $._expression, $.block),
    if: ($) => prec.right(seq("if", $._expression, $.block, optional(seq("else", choice($.block, $.if))))),
    edit: ($) => seq("edit", field("name", $._expression), $.block),
    stroke: ($) =>
      prec.right(seq(optional("off"), optional("erase"), $.layer, $._expression, repeat($.modifier))),
    layer: () => choice(...language.layers),
    modifier: ($) => prec.right(seq(choice(...language.modifiers), $._expression)),
    paint: ($) =>
      prec.right(
        seq(
          optional("off"), "paint", $._expression, optional($.modifier), "{", repeat(choice($.entry, ";")), "}",
          optional($.modifier))),
    entry: ($) =>
      prec.right(
        seq(
          optional("off"), optional("erase"), $.layer,
          repeat(choice(seq(choice(...language.entryModifiers), $._expression), $._expression)))),
    frame: ($) => seq("in", choice("face", $._expression), $.block),
    call_statement: ($) => prec(1, $.call),

    _expression: ($) =>
      choice(
        $.conditional, $.binary, $.unary, $.call, $.member, $.index, $.number, $.angle, $.string, $.hex_color,
        $.boolean, $.identifier, $.point, $.parenthesized, $.list,
      ),
    conditional: ($) =>
      prec.right(-1, seq("if", $._expression, "then", $._expression, "else", $._expression)),
    binary: ($) => {
      const table = [
        [0, choice("..<", "...")], [1, "||"], [2, "&&"], [3, choice("==", "!=", "<", "<=", ">", ">=")],
        [4, choice("+", "-")], [5, choice("*", "/", "%", "&")],
      ];
      return choice(
        ...table.map(([level, operator]) =>
          prec.left(level, seq($._expression, field("operator", operator), $._expression))));
    },
    unary: ($) => prec(6, seq(choice("-", "!"), $._expression)),
    call: ($) => prec(8, seq(field("function", choice($.identifier, $.member)), $.arguments)),
    arguments: ($) => seq(token.immediate("("), optional(comma($.argument)), ")"),
    argument: ($) => seq(optional(seq(field("label", $.identifier), ":")), $._expression),
    member: ($) => prec(8, seq($._expression, ".", field("name", $.identifier))),
    index: ($) => prec(8, seq($._expression, token.immediate("["), $._expression, "]")),
    point: ($) => seq("(", $._expression, ",", $._expression, optional(","), ")"),
    parenthesized: ($) => seq("(", $._expression, ")"),
    list: ($) => seq("[", optional(comma($._expression)), "]"),
    boolean: () => choice("true", "false"),

    identifier: () => /[\p{XID_Start}_][\p{XID_Continue}]*/,
    number: () => /[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?/,
    angle: () => /[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?deg/,
    hex_color: () => /#([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})/,
    string: ($) =>
      seq('"', repeat(choice(token.immediate(prec(1, /[^"\\\n]+/)), $.escape, $.interpolation)), token.immediate('"')),
    escape: () => token.immediate(/\\[nt"\\]/),
    interpolation: ($) => seq(token.immediate("\\("), $._expression, ")"),
    line_comment: () => token(seq("//", /[^\n]*/)),
    block_comment: () => token(seq("/*", /[^*]*\*+([^/*][^*]*\*+)*/, "/")),
  },
});
