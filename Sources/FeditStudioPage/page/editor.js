// The text pane: a textarea, so that typing, screen readers and input methods are the browser's own, over a drawing of the
// same text with colours, marks and the selected statement.

import { changedRange } from "./history.js";
import { numberAt, sixDigits, stepped, tokens } from "./lexer.js";

export class Editor extends EventTarget {
  constructor(root) {
    super();
    this.area = root.querySelector("#script");
    this.drawn = root.querySelector("#highlight");
    this.gutter = root.querySelector("#gutter");
    this.keywords = new Set();
    this.functions = new Set();
    this.problems = [];
    this.selected = null;
    this.last = "";
    this.area.addEventListener("input", (event) => this.typed(event));
    this.area.addEventListener("scroll", () => this.follow());
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.area.addEventListener("beforeinput", (event) => {
      if (event.inputType === "historyUndo" || event.inputType === "historyRedo") {
        event.preventDefault();
        this.dispatchEvent(new CustomEvent(event.inputType === "historyUndo" ? "undo" : "redo"));
      }
    });
    document.addEventListener("selectionchange", () => {
      if (document.activeElement === this.area) this.moved();
    });
    this.listenToScrubbing();
  }

  get text() { return this.area.value; }
  get caret() { return this.area.selectionStart; }

  /** Replaces the text; the caret goes where the change ends, unless a place is given. */
  set(text, caret = null) {
    if (text !== this.area.value) {
      const [, , end] = changedRange(this.area.value, text);
      const top = this.area.scrollTop, left = this.area.scrollLeft;
      this.area.value = text;
      this.area.setSelectionRange(caret ?? end, caret ?? end);
      this.area.scrollTop = top;
      this.area.scrollLeft = left;
    }
    this.last = text;
    this.draw();
  }

  typed(event) {
    const before = this.last;
    this.last = this.area.value;
    this.draw();
    const [start, , end] = changedRange(before, this.last);
    // Lines and pasted text are steps of their own.
    const isWord = event.inputType?.startsWith("insertText") || event.inputType?.startsWith("deleteContent");
    const mark = isWord ? "type " + this.lineOf(start) : null;
    this.dispatchEvent(new CustomEvent("edit", { detail: { text: this.last, caret: this.caret, mark, start, end } }));
  }

  /** Replaces a part as typing would, also for the browser's own view of the text. */
  replace(start, end, text, label, mark = null) {
    const whole = this.text.slice(0, start) + text + this.text.slice(end);
    this.set(whole, start + text.length);
    this.dispatchEvent(new CustomEvent("edit", { detail: { text: whole, caret: start + text.length, mark, label, start } }));
  }

  lineOf(offset) {
    let line = 0;
    for (let at = this.text.indexOf("\n"); at >= 0 && at < offset; at = this.text.indexOf("\n", at + 1)) line += 1;
    return line;
  }

  // Drawing

  draw() {
    const text = this.text;
    const marks = [];
    const all = tokens(text, this.keywords, this.functions);
    for (const [start, end, kind] of all) marks.push({ start, end, kind, rank: 0 });
    for (const p of this.problems) if (p.span) marks.push({ start: p.span[0], end: Math.max(p.span[1], p.span[0] + 1), kind: p.severity, rank: 1 });
    if (this.selected) marks.push({ start: this.selected[0], end: this.selected[1], kind: "selected", rank: 2 });
    this.drawn.replaceChildren(...this.pieces(text, marks));
    this.drawGutter(text, all.filter((t) => t[2] === "color"));
    this.follow();
  }

  pieces(text, marks) {
    const cuts = new Set([0, text.length]);
    for (const m of marks) cuts.add(Math.min(m.start, text.length)).add(Math.min(m.end, text.length));
    const places = [...cuts].sort((a, b) => a - b);
    const begins = [...marks].sort((a, b) => a.start - b.start);
    const open = [];
    let next = 0;
    const result = [];
    for (let i = 0; i + 1 < places.length; i += 1) {
      const [from, to] = [places[i], places[i + 1]];
      while (next < begins.length && begins[next].start <= from) open.push(begins[next++]);
      for (let j = open.length - 1; j >= 0; j -= 1) if (open[j].end <= from) open.splice(j, 1);
      const part = text.slice(from, to);
      if (!open.length) result.push(part);
      else {
        const span = document.createElement("span");
        span.className = open.map((m) => m.kind).join(" ");
        span.textContent = part;
        if (span.classList.contains("color")) span.style.borderBottomColor = sixDigits(part);
        result.push(span);
      }
    }
    result.push("\n");
    return result;
  }

  drawGutter(text, colors) {
    const count = text.split("\n").length;
    const current = this.lineOf(this.caret);
    const swatches = new Map();
    for (const [start, end] of colors) {
      const line = this.lineOf(start);
      if (!swatches.has(line)) swatches.set(line, [start, end]);
    }
    const worst = new Map();
    for (const p of this.problems) {
      if (!p.span) continue;
      const line = this.lineOf(p.span[0] + 0.5);
      if (worst.get(line) !== "error") worst.set(line, p.severity);
    }
    const rows = [];
    for (let line = 0; line < count; line += 1) {
      const row = this.gutter.children[line] ?? document.createElement("div");
      row.className = "row" + (line === current ? " current" : "") + (worst.has(line) ? " " + worst.get(line) : "");
      const swatch = swatches.get(line);
      const known = row.querySelector("input");
      if (!known || !swatch || document.activeElement !== known) {
        row.replaceChildren(...(swatch ? [this.swatch(swatch)] : []), String(line + 1));
      } else known.dataset.span = swatch.join();
      rows.push(row);
    }
    if (rows.length !== this.gutter.children.length) this.gutter.replaceChildren(...rows);
  }

  swatch([start, end]) {
    const input = document.createElement("input");
    input.type = "color";
    input.tabIndex = -1;
    input.value = sixDigits(this.text.slice(start, end));
    input.title = "Change the colour";
    input.dataset.span = [start, end].join();
    input.addEventListener("input", () => {
      const [from, to] = input.dataset.span.split(",").map(Number);
      this.replace(from, to, input.value, "colour", "swatch");
    });
    return input;
  }

  follow() {
    this.drawn.scrollTop = this.area.scrollTop;
    this.drawn.scrollLeft = this.area.scrollLeft;
    this.gutter.scrollTop = this.area.scrollTop;
  }

  /** Shows a part of the text as the selected statement. */
  select(span, isRevealed = false) {
    if (String(span) === String(this.selected)) return;
    this.selected = span;
    this.draw();
    if (span && isRevealed) this.reveal(span[0]);
  }

  reveal(offset) {
    const row = this.rowHeight;
    const y = this.lineOf(offset) * row;
    const { scrollTop, clientHeight } = this.area;
    if (y < scrollTop || y > scrollTop + clientHeight - 3 * row) this.area.scrollTop = Math.max(0, y - clientHeight / 2);
    this.follow();
  }

  get rowHeight() { return parseFloat(getComputedStyle(this.area).lineHeight); }

  moved() {
    const line = this.lineOf(this.caret);
    if (line !== this.currentLine) {
      this.currentLine = line;
      [...this.gutter.children].forEach((row, index) => row.classList.toggle("current", index === line));
    }
    this.dispatchEvent(new CustomEvent("caret", { detail: this.caret }));
  }

  // Places

  /** Where a character stands on the screen. */
  rectOf(offset) {
    const walker = document.createTreeWalker(this.drawn, NodeFilter.SHOW_TEXT);
    let rest = offset;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (rest <= node.length) {
        const range = document.createRange();
        range.setStart(node, rest);
        range.collapse(true);
        const rect = range.getClientRects()[0] ?? this.drawn.getBoundingClientRect();
        return rect;
      }
      rest -= node.length;
    }
    return this.drawn.getBoundingClientRect();
  }

  /** The character at a place of the screen; null beside the text. */
  offsetAt(x, y) {
    const box = this.area.getBoundingClientRect();
    const style = getComputedStyle(this.area);
    const line = Math.floor((y - box.top - parseFloat(style.paddingTop) + this.area.scrollTop) / this.rowHeight);
    const lines = this.text.split("\n");
    if (line < 0 || line >= lines.length) return null;
    let offset = 0;
    for (let i = 0; i < line; i += 1) offset += lines[i].length + 1;
    const column = Math.floor((x - box.left - parseFloat(style.paddingLeft) + this.area.scrollLeft) / this.charWidth);
    return column >= 0 && column <= lines[line].length ? offset + column : null;
  }

  get charWidth() {
    const context = (this.measure ??= document.createElement("canvas").getContext("2d"));
    // `font` itself is empty, since ligatures are switched off beside it.
    const { fontSize, fontFamily } = getComputedStyle(this.area);
    context.font = `${fontSize} ${fontFamily}`;
    return context.measureText("0000000000").width / 10;
  }

  // Keys and scrubbing

  key(event) {
    const isControl = event.ctrlKey || event.metaKey;
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const number = numberAt(this.text, this.caret);
      if (!number) return;
      event.preventDefault();
      const steps = (event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? 10 : 1);
      this.changeNumber(number, steps, "number");
    } else if (event.key === "Enter" && !isControl && !event.defaultPrevented) {
      event.preventDefault();
      const start = this.area.selectionStart;
      const line = this.text.slice(this.text.lastIndexOf("\n", start - 1) + 1, start);
      let indent = line.match(/^ */)[0];
      if (line.trimEnd().endsWith("{")) indent += "    ";
      document.execCommand("insertText", false, "\n" + indent);
    } else if (event.key === "}" && !isControl) {
      const start = this.area.selectionStart;
      const lineStart = this.text.lastIndexOf("\n", start - 1) + 1;
      const before = this.text.slice(lineStart, start);
      if (/^ {4,}$/.test(before)) {
        event.preventDefault();
        this.area.setSelectionRange(start - 4, start);
        document.execCommand("insertText", false, "}");
      }
    } else if (isControl && event.key === "/") {
      event.preventDefault();
      this.toggleComment();
    }
  }

  toggleComment() {
    const start = this.text.lastIndexOf("\n", this.area.selectionStart - 1) + 1;
    const found = this.text.indexOf("\n", this.area.selectionEnd);
    const end = found < 0 ? this.text.length : found;
    const lines = this.text.slice(start, end).split("\n");
    const isComment = lines.every((line) => /^\s*(\/\/|$)/.test(line));
    const changed = lines.map((line) => isComment ? line.replace(/^(\s*)\/\/ ?/, "$1") : line.replace(/^(\s*)(?=\S)/, "$1// "));
    this.replace(start, end, changed.join("\n"), "comment");
  }

  changeNumber([start, end], steps, mark) {
    const changed = stepped(this.text.slice(start, end), steps);
    this.replace(start, end, changed, "number", mark);
    this.area.setSelectionRange(start + changed.length, start + changed.length);
    return [start, start + changed.length];
  }

  /** Alt and dragging over a number changes it. */
  listenToScrubbing() {
    let drag = null;
    this.area.addEventListener("pointermove", (event) => {
      if (drag) {
        const steps = Math.round((event.clientX - drag.x) / 4);
        if (steps !== drag.steps) {
          drag.number = this.changeNumber(drag.number, steps - drag.steps, drag.mark);
          drag.steps = steps;
        }
        return;
      }
      const offset = event.altKey ? this.offsetAt(event.clientX, event.clientY) : null;
      this.area.classList.toggle("scrub", offset !== null && !!numberAt(this.text, offset));
    });
    this.area.addEventListener("pointerdown", (event) => {
      if (!event.altKey || this.area.readOnly) return;
      const offset = this.offsetAt(event.clientX, event.clientY);
      const number = offset === null ? null : numberAt(this.text, offset);
      if (!number) return;
      event.preventDefault();
      this.area.setPointerCapture(event.pointerId);
      drag = { x: event.clientX, steps: 0, number, mark: "scrub " + event.timeStamp };
    });
    const end = () => { drag = null; };
    this.area.addEventListener("pointerup", end);
    this.area.addEventListener("pointercancel", end);
  }
}
