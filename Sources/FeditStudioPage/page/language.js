// Completion, explanations, renaming and formatting: the language server's own, over the same connection.

const uri = "file:///";

export class Language {
  constructor(studio) {
    this.studio = studio;
    this.list = document.querySelector("#completion");
    this.tip = document.querySelector("#hover");
    this.waiting = new Map();
    this.nextID = 1;
    this.items = [];
    studio.connection.on("lsp", ({ message }) => this.take(JSON.parse(message)));
    const { area } = studio.editor;
    area.addEventListener("keydown", (event) => this.key(event), true);
    area.addEventListener("input", (event) => this.afterTyping(event));
    area.addEventListener("blur", () => this.close());
    area.addEventListener("scroll", () => this.close());
    area.addEventListener("pointermove", (event) => this.rest(event));
    area.addEventListener("pointerleave", () => this.hideTip());
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const row = event.target.closest("li");
      if (row) this.accept(Number(row.dataset.index));
    });
  }

  // The protocol

  start(path) {
    this.uri = uri + path;
    this.request("initialize", {
      processId: null, rootUri: null,
      capabilities: { general: { positionEncodings: ["utf-16"] }, textDocument: { completion: { completionItem: { snippetSupport: true } }, hover: { contentFormat: ["plaintext"] } } },
    }).then(() => {
      this.notify("initialized", {});
      this.version = 1;
      this.known = this.studio.editor.text;
      this.notify("textDocument/didOpen", { textDocument: { uri: this.uri, languageId: "fedit", version: 1, text: this.known } });
      this.isReady = true;
    }).catch(() => {});
  }

  request(method, params) {
    const id = this.nextID++;
    this.post({ jsonrpc: "2.0", id, method, params });
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  notify(method, params) { this.post({ jsonrpc: "2.0", method, params }); }

  post(message) { this.studio.connection.send({ type: "lsp", message: JSON.stringify(message) }); }

  take(message) {
    const waiting = this.waiting.get(message.id);
    if (!waiting || message.method) return;
    this.waiting.delete(message.id);
    if (message.error) waiting.reject(new Error(message.error.message));
    else waiting.resolve(message.result);
  }

  /** Asks about a place of the text as it is now. */
  ask(method, offset, more = {}) {
    const { text } = this.studio.editor;
    if (!this.isReady) return Promise.reject(new Error("not ready"));
    if (text !== this.known) {
      this.known = text;
      this.version += 1;
      this.notify("textDocument/didChange", { textDocument: { uri: this.uri, version: this.version }, contentChanges: [{ text }] });
    }
    return this.request(method, { textDocument: { uri: this.uri }, position: position(text, offset), ...more });
  }

  // Completion

  afterTyping(event) {
    clearTimeout(this.timer);
    const { text, caret } = this.studio.editor;
    const word = text.slice(0, caret).match(/[\p{L}_][\p{L}\p{N}_]*$/u)?.[0] ?? "";
    const isTyping = event.inputType === "insertText";
    if (isTyping && (word.length >= 2 || /[."]$/.test(text.slice(0, caret)))) this.timer = setTimeout(() => this.complete(), 90);
    else if (!this.list.hidden) word ? this.complete() : this.close();
  }

  async complete() {
    const { editor } = this.studio;
    const caret = editor.caret;
    const asked = editor.text;
    const result = await this.ask("textDocument/completion", caret, { context: { triggerKind: 1 } }).catch(() => null);
    if (editor.text !== asked || editor.caret !== caret) return;
    const word = asked.slice(0, caret).match(/[\p{L}_][\p{L}\p{N}_]*$/u)?.[0] ?? "";
    const all = Array.isArray(result) ? result : result?.items ?? [];
    const lower = word.toLowerCase();
    this.items = all.filter((item) => (item.filterText ?? item.label).toLowerCase().startsWith(lower)).slice(0, 60);
    if (!this.items.length || (this.items.length === 1 && this.items[0].label === word)) return this.close();
    this.word = [caret - word.length, caret];
    this.show();
  }

  show() {
    this.list.replaceChildren(...this.items.map((item, index) => {
      const row = document.createElement("li");
      row.role = "option";
      row.id = "completion-" + index;
      row.dataset.index = index;
      const name = document.createElement("span");
      name.textContent = item.label;
      const detail = document.createElement("span");
      detail.className = "detail";
      detail.textContent = item.detail ?? "";
      row.append(name, detail);
      return row;
    }));
    this.list.hidden = false;
    const rect = this.studio.editor.rectOf(this.word[0]);
    const below = innerHeight - rect.bottom > 250;
    this.list.style.left = Math.min(rect.left, innerWidth - 260) + "px";
    this.list.style.top = below ? rect.bottom + 3 + "px" : "auto";
    this.list.style.bottom = below ? "auto" : innerHeight - rect.top + 3 + "px";
    this.choose(0);
  }

  choose(index) {
    this.index = (index + this.items.length) % this.items.length;
    [...this.list.children].forEach((row, i) => row.setAttribute("aria-selected", i === this.index));
    this.list.children[this.index].scrollIntoView({ block: "nearest" });
    this.studio.editor.area.setAttribute("aria-activedescendant", "completion-" + this.index);
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.studio.editor.area.removeAttribute("aria-activedescendant");
  }

  accept(index) {
    const item = this.items[index];
    const { editor } = this.studio;
    let [start, end] = this.word;
    let text = item.insertText ?? item.label;
    if (item.textEdit) {
      const { range } = item.textEdit;
      text = item.textEdit.newText;
      if (range) [start, end] = [offset(editor.text, range.start), Math.max(offset(editor.text, range.end), end)];
    }
    let place = null;
    if (item.insertTextFormat === 2) {
      const lineStart = editor.text.lastIndexOf("\n", start - 1) + 1;
      const indent = editor.text.slice(lineStart).match(/^ */)[0];
      text = text.replace(/\t/g, "    ").replace(/\n/g, "\n" + indent);
      ({ text, place } = plainSnippet(text));
    }
    this.close();
    editor.replace(start, end, text, "completion");
    if (place) editor.area.setSelectionRange(start + place[0], start + place[1]);
  }

  // Keys

  key(event) {
    const isControl = event.ctrlKey || event.metaKey;
    if (isControl && event.key === " ") {
      event.preventDefault();
      this.complete();
    } else if (event.key === "F2") {
      event.preventDefault();
      this.rename();
    } else if (event.shiftKey && event.altKey && event.key.toLowerCase() === "f") {
      event.preventDefault();
      this.format();
    } else if (!this.list.hidden) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && !event.altKey) this.choose(this.index + step);
      else if (event.key === "Enter" || event.key === "Tab") this.accept(this.index);
      else if (event.key === "Escape") this.close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    }
  }

  async rename() {
    const { editor, notices } = this.studio;
    const caret = editor.caret;
    try {
      const found = await this.ask("textDocument/prepareRename", caret);
      if (!found) throw new Error("no name stands here that could be changed");
      const range = found.range ?? found;
      const name = found.placeholder ?? editor.text.slice(offset(editor.text, range.start), offset(editor.text, range.end));
      const wanted = await notices.askText("Rename", `New name for '${name}'`, name);
      if (!wanted || wanted === name) return;
      const edit = await this.ask("textDocument/rename", caret, { newName: wanted });
      const changes = edit?.documentChanges?.flatMap((c) => c.edits.map((e) => [c.textDocument.uri, e])) ?? Object.entries(edit?.changes ?? {}).flatMap(([u, list]) => list.map((e) => [u, e]));
      if (changes.some(([u]) => u !== this.uri)) throw new Error("the name is used in other files, too: rename it there with an editor");
      this.apply(changes.map(([, e]) => e), "rename");
    } catch (error) {
      notices.refuse(error);
    }
  }

  async format() {
    const edits = await this.ask("textDocument/formatting", 0, { options: { tabSize: 4, insertSpaces: true } }).catch(() => null);
    if (edits?.length) this.apply(edits, "format");
  }

  apply(edits, label) {
    const { editor } = this.studio;
    let text = editor.text;
    const all = edits.map((e) => [offset(text, e.range.start), offset(text, e.range.end), e.newText]).sort((a, b) => b[0] - a[0]);
    for (const [start, end, added] of all) text = text.slice(0, start) + added + text.slice(end);
    this.studio.change(text, label, { caret: Math.min(editor.caret, text.length) });
  }

  // Explanations

  rest(event) {
    clearTimeout(this.restTimer);
    this.hideTip();
    if (event.buttons) return;
    this.restTimer = setTimeout(async () => {
      const { editor } = this.studio;
      const place = editor.offsetAt(event.clientX, event.clientY);
      if (place === null) return;
      const problem = editor.problems.find((p) => p.span && p.span[0] <= place && place <= p.span[1]);
      let text = problem ? [problem.message, ...problem.hints].join("\n") : null;
      text ??= plain((await this.ask("textDocument/hover", place).catch(() => null))?.contents);
      if (!text || !editor.area.matches(":hover")) return;
      this.tip.textContent = text;
      this.tip.hidden = false;
      this.tip.style.left = Math.min(event.clientX + 4, innerWidth - this.tip.offsetWidth - 12) + "px";
      const top = event.clientY + 18;
      this.tip.style.top = (top + this.tip.offsetHeight > innerHeight - 8 ? event.clientY - this.tip.offsetHeight - 10 : top) + "px";
    }, 450);
  }

  hideTip() {
    clearTimeout(this.restTimer);
    this.tip.hidden = true;
  }
}

function position(text, at) {
  const before = text.slice(0, at);
  const line = before.split("\n").length - 1;
  return { line, character: at - (before.lastIndexOf("\n") + 1) };
}

function offset(text, { line, character }) {
  let at = 0;
  for (let i = 0; i < line; i += 1) {
    const next = text.indexOf("\n", at);
    if (next < 0) return text.length;
    at = next + 1;
  }
  return Math.min(at + character, text.length);
}

/** A snippet without its marks, and the place of the first of them. */
function plainSnippet(snippet) {
  let text = "", place = null, from = 0, best = Infinity;
  for (const match of snippet.matchAll(/\$\{(\d+):([^}]*)\}|\$(\d+)|\\([\\$}])/g)) {
    text += snippet.slice(from, match.index);
    from = match.index + match[0].length;
    if (match[4]) {
      text += match[4];
      continue;
    }
    const rank = Number(match[1] ?? match[3]) || 1000;
    const start = text.length;
    text += match[2] ?? "";
    if (rank < best) [best, place] = [rank, [start, text.length]];
  }
  return { text: text + snippet.slice(from), place };
}

function plain(contents) {
  if (!contents) return null;
  const text = typeof contents === "string" ? contents : contents.value ?? (Array.isArray(contents) ? contents.map(plain).join("\n") : "");
  return text.replace(/```\w*\n?/g, "").replace(/\*\*|`/g, "").trim();
}
