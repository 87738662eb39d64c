// What the editor colours: the tokens of a script, as far as colours need them. Meaning is fedit's own business.

const pattern = /(\/\/[^\n]*)|(\/\*[\s\S]*?(?:\*\/|$))|("(?:[^"\\\n]|\\.)*"?)|(#[0-9a-fA-F]{3,8}\b)|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_]*)/gu;
const kinds = ["comment", "comment", "string", "color", "number", "word"];

/** Tokens as [start, end, kind]; what is between them has no colour. */
export function tokens(text, keywords, functions) {
  const result = [];
  for (const match of text.matchAll(pattern)) {
    const index = match.slice(1).findIndex((group) => group !== undefined);
    let kind = kinds[index];
    if (kind === "word") {
      kind = keywords.has(match[0]) ? "keyword" : functions.has(match[0]) ? "function" : null;
      if (kind === "function" && !/^\s*\(/.test(text.slice(match.index + match[0].length, match.index + match[0].length + 4))) kind = null;
    }
    if (kind) result.push([match.index, match.index + match[0].length, kind]);
  }
  return result;
}

/** The number that stands at a place, with its sign where that is no operator: [start, end]. */
export function numberAt(text, offset) {
  for (const [start, end, kind] of tokens(text, new Set(), new Set())) {
    if (start > offset) return null;
    if (kind === "number" && offset <= end) {
      const before = text.slice(0, start);
      const signed = /(^|[(,:\s])-$/.test(before) && !/[\w)]\s*-$/.test(before);
      return [signed ? start - 1 : start, end];
    }
  }
  return null;
}

/** A number changed by steps of its last digit. */
export function stepped(text, steps) {
  const decimals = (text.split(".")[1] ?? "").length;
  const value = Number(text) + steps * 10 ** -decimals;
  return value.toFixed(decimals).replace(/^-(0(?:\.0*)?)$/, "$1");
}

/** A colour literal as six digits. */
export function sixDigits(literal) {
  const digits = literal.slice(1).toLowerCase();
  return "#" + (digits.length < 6 ? [...digits.slice(0, 3)].map((d) => d + d).join("") : digits.slice(0, 6));
}
