// Undo over both panes: the history of the text. One gesture is one step; typing that goes on is one, too.

export class History {
  constructor() { this.reset(""); }

  reset(text) {
    this.steps = [{ text, caret: 0, label: "opened" }];
    this.at = 0;
    this.mark = null;
  }

  get text() { return this.steps[this.at].text; }
  get canUndo() { return this.at > 0; }
  get canRedo() { return this.at < this.steps.length - 1; }

  /**
   * Adds a step.
   *
   * mark: steps that follow each other with the same mark become one, as letters of a word or the places of a slider.
   */
  push(text, caret, label, mark = null) {
    if (text === this.text) return false;
    const now = performance.now();
    const joins = mark !== null && this.mark === mark && now - this.time < 1000 && this.at === this.steps.length - 1 && this.at > 0;
    this.steps.length = this.at + 1;
    if (joins) Object.assign(this.steps[this.at], { text, caret });
    else {
      this.steps.push({ text, caret, label });
      this.at += 1;
    }
    // Half a gigabyte of steps would be no help to anybody.
    if (this.steps.length > 2000) {
      this.steps.splice(0, 500);
      this.at -= 500;
    }
    this.mark = mark;
    this.time = now;
    return true;
  }

  /** Where typing goes on, a new step begins. */
  separate() { this.mark = null; }

  undo() { return this.go(-1); }
  redo() { return this.go(1); }

  go(by) {
    const to = this.at + by;
    if (to < 0 || to >= this.steps.length) return null;
    this.at = to;
    this.mark = null;
    return this.steps[to];
  }
}

/** The first and last place where two texts differ: [start, end in a, end in b]. */
export function changedRange(a, b) {
  let start = 0;
  const least = Math.min(a.length, b.length);
  while (start < least && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < least - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return [start, a.length - end, b.length - end];
}

/** Lines of two texts: [kind, line] with kind " ", "-" or "+". */
export function lineDiff(a, b) {
  const x = a.split("\n"), y = b.split("\n");
  let head = 0, tail = 0;
  while (head < x.length && head < y.length && x[head] === y[head]) head += 1;
  while (tail < x.length - head && tail < y.length - head && x[x.length - 1 - tail] === y[y.length - 1 - tail]) tail += 1;
  const p = x.slice(head, x.length - tail), q = y.slice(head, y.length - tail);
  const middle = p.length * q.length > 4e6 ? [...p.map((l) => ["-", l]), ...q.map((l) => ["+", l])] : common(p, q);
  return [
    ...x.slice(0, head).map((l) => [" ", l]), ...middle, ...x.slice(x.length - tail).map((l) => [" ", l]),
  ];
}

function common(p, q) {
  const table = Array.from({ length: p.length + 1 }, () => new Uint32Array(q.length + 1));
  for (let i = p.length - 1; i >= 0; i -= 1) {
    for (let j = q.length - 1; j >= 0; j -= 1) {
      table[i][j] = p[i] === q[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  const result = [];
  let i = 0, j = 0;
  while (i < p.length || j < q.length) {
    if (i < p.length && j < q.length && p[i] === q[j]) {
      result.push([" ", p[i]]);
      i += 1;
      j += 1;
    } else if (i < p.length && (j === q.length || table[i + 1][j] >= table[i][j + 1])) result.push(["-", p[i++]]);
    else result.push(["+", q[j++]]);
  }
  return result;
}
