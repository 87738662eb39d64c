// The page's middle: one text, its history, and everything that shows or changes it.

import { Connection } from "./connection.js";
import { Editor } from "./editor.js";
import { Files } from "./files.js";
import { History } from "./history.js";
import { Keys } from "./keys.js";
import { Language } from "./language.js";
import { Notices } from "./notices.js";
import { Overlay } from "./overlay.js";
import { element, Panels } from "./panels.js";
import { PictureView } from "./picture.js";
import { Strip } from "./strip.js";
import { Tools } from "./tools.js";

const get = (selector) => document.querySelector(selector);

class Studio {
  constructor() {
    this.connection = new Connection();
    this.history = new History();
    this.version = 0;
    this.isGood = true;
    this.isEditor = false;
    this.saved = null;
    this.outline = { parameters: [], edits: [], face: [], photo: null, canvas: null, settingsEnd: 0 };
    this.picked = null;
    this.pendingFace = [];
    this.queue = Promise.resolve();
    this.stage = get("#stage");
    this.notices = new Notices();
    this.editor = new Editor(get("#editor"));
    this.view = new PictureView(this.stage);
    this.overlay = new Overlay(get("#canvas"), this.view);
    this.tools = new Tools(this);
    this.panels = new Panels(this);
    this.strip = new Strip(this);
    this.language = new Language(this);
    this.files = new Files(this);
    this.keys = new Keys(this);
    this.listen();
    this.panels.showSelection();
    const frame = () => {
      this.draw();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  get canEdit() { return this.isEditor && !this.recovery; }
  /** Whether the picture belongs to the text. */
  get isCurrent() { return this.shownVersion === this.version; }
  get isUnsaved() { return this.editor.text !== (this.saved ?? ""); }

  draw() {
    this.view.draw();
    this.overlay.draw();
  }

  // Messages

  listen() {
    const { connection, editor, view } = this;
    connection.on("hello", (message) => this.greet(message));
    connection.on("drawing", (message) => this.takeDrawing(message));
    connection.on("warnings", (message) => this.takeWarnings(message));
    connection.on("progress", (message) => this.showBusy(message));
    connection.on("failure", (message) => {
      this.showBusy(null);
      this.refuse(Object.assign(new Error(message.message), { hints: message.hints }));
    });
    connection.on("text", (message) => {
      this.version = message.version;
      this.history.reset(message.text);
      editor.set(message.text, editor.caret);
      this.update();
    });
    connection.on("role", (message) => this.takeRole(message.isEditor));
    connection.on("closed", () => this.lose());
    connection.onBinary("photo", (head, bytes) => view.takePhoto(head, bytes));
    connection.onBinary("preview", (head, bytes) => {
      view.takePreview(head, bytes);
      this.shown(head);
    });
    connection.onBinary("patch", (head, bytes) => {
      view.takePatch(head, bytes);
      this.shown(head);
    });
    editor.addEventListener("edit", ({ detail }) => this.typed(detail));
    editor.addEventListener("caret", ({ detail }) => this.caretMoved(detail));
    editor.addEventListener("undo", () => this.undo());
    editor.addEventListener("redo", () => this.redo());
    view.addEventListener("view", () => this.viewChanged());
    view.addEventListener("photo", () => this.tools.options());
    this.listenToPage();
  }

  greet(message) {
    const isAgain = this.isGreeted;
    this.isGreeted = true;
    this.notices.hide("lost");
    this.name = message.name;
    get("#name").textContent = message.name;
    this.editor.keywords = new Set([...message.words, "eyes", "mouth", "true", "false", "and", "or", "not"]);
    this.editor.functions = new Set(message.functions);
    this.saved = message.saved ?? null;
    if (isAgain && message.isEditor && this.editor.text !== message.text) {
      // What was typed while the connection was away.
      this.takeRole(true);
      this.version = Math.max(this.version, message.version);
      this.send();
    } else {
      this.version = message.version;
      this.history.reset(message.text);
      this.editor.set(message.text, 0);
      this.recovery = message.isEditor ? message.recovery ?? null : null;
      this.takeRole(message.isEditor);
      if (this.recovery) this.files.offerRecovery();
    }
    this.language.start(message.path.split("/").map(encodeURIComponent).join("/").replace(/^\//, ""));
    this.update();
    this.viewChanged();
  }

  takeRole(isEditor) {
    this.isEditor = isEditor;
    this.editor.area.readOnly = !this.canEdit;
    if (isEditor) this.notices.hide("watch");
    else this.notices.show("watch", "Another window edits this script; this one watches.", [["Edit here", () => this.connection.send({ type: "take" })]]);
    this.update();
    this.panels.showSelection();
  }

  lose() {
    this.showBusy(null);
    if (!this.isGreeted) return this.notices.show("lost", "fedit did not let this page in. Open the address that 'fedit studio' printed.", []);
    this.isEditor = false;
    this.notices.show("lost", "The connection to fedit is gone. The script as it was is kept beside its file.", [
      ["Copy the script", () => navigator.clipboard?.writeText(this.editor.text)], ["Connect again", () => this.connect()],
    ]);
    clearTimeout(this.again);
    this.tries = (this.tries ?? 0) + 1;
    if (this.tries < 4) this.again = setTimeout(() => this.connect(), 600 * this.tries);
  }

  connect() { this.connection.open(location.hash.slice(1)); }

  takeDrawing(message) {
    if (message.version !== this.version) return;
    this.tries = 0;
    this.isGood = message.isGood || !message.problems.some((p) => p.severity === "error");
    this.editor.problems = message.problems;
    this.warnings = [];
    this.outline = message.outline;
    this.outlineText = this.editor.text;
    this.drawing = message;
    if (message.isGood) this.showDrawing();
    else if (this.isGood) this.overlay.take([]);
    this.stage.classList.toggle("stale", !this.isGood);
    // A script without a photo shows none, though fedit may still have one at hand.
    const hasPhoto = message.isGood || !this.isGood;
    this.view.hide(!hasPhoto);
    get("#empty").hidden = hasPhoto;
    this.editor.draw();
    this.showProblems();
    this.panels.showParams(this.outline.parameters);
    if (this.tools.tool === "face" && !this.tools.drag) this.tools.showFace();
    if (!message.isGood) this.showBusy(null);
  }

  /** Draws what the newest good text draws, in the place of a trial. */
  showDrawing() {
    if (!this.drawing?.isGood) return;
    this.overlay.take(this.drawing.items);
    this.panels.countLayers();
    this.refreshSelection();
  }

  /** The picture of a version is seen now. */
  shown(head) {
    this.view.draw();
    this.shownVersion = head.version;
    const { canvas } = this.view;
    canvas.dataset.version = head.version;
    canvas.dataset.stage = head.stage;
    if (head.stage === "full" && this.isCurrent) {
      this.showBusy(null);
      this.strip.note();
    }
  }

  takeWarnings(message) {
    if (message.version !== this.version) return;
    // What the check says already is not said twice.
    const known = new Set(this.editor.problems.map((p) => p.code + p.message));
    this.warnings = message.problems.filter((p) => !known.has(p.code + p.message));
    this.showProblems();
  }

  showBusy(progress) {
    clearTimeout(this.busyTimer);
    if (!progress) get("#busy").hidden = true;
    else if (get("#busy").hidden) this.busyTimer = setTimeout(() => { get("#busy").hidden = false; }, 250);
  }

  showProblems() {
    const all = [...this.editor.problems, ...(this.warnings ?? [])];
    get("#problems").replaceChildren(...all.slice(0, 50).map((problem) => {
      const row = element("li", problem.severity);
      const button = element("button");
      const line = problem.span ? this.editor.lineOf(problem.span[0] + 0.5) + 1 : null;
      button.append(element("span", "place", problem.file ? `${problem.file}: ` : line ? `${line}: ` : ""), problem.message);
      for (const hint of problem.hints) button.append(element("div", "hint", hint));
      button.addEventListener("click", () => {
        if (!problem.span) return;
        this.editor.area.focus();
        this.editor.area.setSelectionRange(problem.span[0], problem.span[1]);
        this.editor.reveal(problem.span[0]);
      });
      row.append(button);
      return row;
    }));
  }

  // The text

  /** Typing: the editor has the text already. */
  typed({ text, caret, mark, label }) {
    if (!this.canEdit) return;
    if (this.history.push(text, caret, label ?? "typed", mark)) this.send();
  }

  /** Changes the text as one step. */
  change(text, label, { caret = null, mark = null, selection = undefined } = {}) {
    if (!this.canEdit || text === this.editor.text) return;
    this.editor.set(text, caret);
    this.history.push(text, this.editor.caret, label, mark);
    if (selection !== undefined) this.selectLater = selection ? `${selection.line}:${selection.column}` : null;
    this.send();
  }

  separate() { this.history.separate(); }

  send() {
    this.version += 1;
    this.connection.send({ type: "text", version: this.version, text: this.editor.text });
    this.showBusy({});
    this.strip.forgetSeeds();
    this.update();
  }

  undo() { this.step(this.history.undo()); }
  redo() { this.step(this.history.redo()); }

  step(step) {
    if (!step || !this.canEdit) return;
    this.editor.set(step.text);
    this.send();
    this.strip.mark();
  }

  update() {
    get("#undo").disabled = !this.canEdit || !this.history.canUndo;
    get("#redo").disabled = !this.canEdit || !this.history.canRedo;
    get("#unsaved").hidden = !this.isUnsaved;
    get("#save").disabled = !this.canEdit;
    document.title = (this.isUnsaved ? "• " : "") + (this.name ?? "fedit studio");
  }

  // Gestures

  /** Carries a gesture out on the text, one after the other. */
  carryOut(gesture, label, mark = null) {
    const done = this.queue.then(async () => {
      if (!this.canEdit) throw new Error("another window edits this script");
      const text = this.editor.text;
      const edit = await this.connection.ask({ type: "gesture", text, gesture });
      if (this.editor.text !== text) throw new Error("the script was changed meanwhile: do it again");
      this.picked = null;
      this.change(edit.text, label, { mark, selection: edit.selection ?? null });
      this.say(edit.moves > 0 ? `${edit.moves} more stroke${edit.moves === 1 ? "" : "s"} moved along.` : "");
    });
    this.queue = done.catch(() => {});
    return done;
  }

  /** Shows what a gesture would do while the hand moves; one at a time, always the newest. */
  async trial(gesture) {
    if (this.isTrying) {
      this.nextTrial = gesture;
      return null;
    }
    this.isTrying = true;
    try {
      const edit = await this.connection.ask({ type: "try", text: this.editor.text, gesture });
      if (this.tools.drag && edit.drawing?.isGood) {
        this.overlay.take(edit.drawing.items);
        if (edit.selection) this.overlay.selected = `${edit.selection.line}:${edit.selection.column}`;
      }
      return edit;
    } finally {
      this.isTrying = false;
      const next = this.nextTrial;
      this.nextTrial = null;
      if (next && this.tools.drag) this.trial(next).catch(() => {});
    }
  }

  extractParam() {
    const before = this.editor.text.slice(0, this.editor.caret);
    const at = { line: before.split("\n").length, column: [...before.slice(before.lastIndexOf("\n") + 1)].length + 1 };
    this.carryOut({ extractParam: { at } }, "param").catch((error) => this.refuse(error));
  }

  // Selection

  selectedPlace() {
    const [line, column] = (this.overlay.selected ?? "").split(":").map(Number);
    return line ? { line, column } : null;
  }

  /** `isChosen`: by a click or the caret, not because it was just drawn. */
  select(key, isRevealed = false, isChosen = isRevealed) {
    this.picked = null;
    this.isChosen = isChosen && key !== null;
    this.overlay.selected = key;
    this.overlay.activeHandle = null;
    this.overlay.changed();
    this.editor.select(this.overlay.of(key)[0]?.span ?? null, isRevealed);
    this.panels.showSelection();
  }

  /** After a new drawing: the statement that a gesture left selected, else the one from before where it is still there. */
  refreshSelection() {
    const handle = this.overlay.activeHandle;
    const isNew = this.selectLater !== undefined;
    const isChosen = this.isChosen && !isNew;
    const wanted = this.selectLater === undefined ? this.overlay.selected : this.selectLater;
    this.selectLater = undefined;
    const isThere = this.overlay.of(wanted).length > 0;
    if (this.tools.drag?.kind === "handle") return;
    this.select(isThere ? wanted : null, isNew, isChosen);
    if (isThere) this.overlay.activeHandle = handle;
  }

  caretMoved(caret) {
    if (this.editor.area.selectionStart !== this.editor.area.selectionEnd || this.editor.text !== this.outlineText) return;
    const inside = this.overlay.items.filter((item) => item.span[0] <= caret && caret <= item.span[1]);
    inside.sort((a, b) => a.span[1] - a.span[0] - (b.span[1] - b.span[0]));
    const key = inside[0]?.key ?? null;
    if (key !== this.overlay.selected) this.select(key, false, true);
  }

  async showTargets(handle) {
    const at = this.selectedPlace();
    if (!at) return;
    try {
      const { targets } = await this.connection.ask({ type: "targets", text: this.editor.text, at, handle: handle.number });
      const show = () => this.panels.showTargets(targets, this.picked, (target) => {
        this.picked = target.at;
        show();
      });
      show();
    } catch (error) {
      this.refuse(error);
    }
  }

  goTo({ line, column }) {
    const lines = this.editor.text.split("\n");
    const offset = lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0) + [...lines[line - 1]].slice(0, column - 1).join("").length;
    this.editor.area.focus();
    this.editor.area.setSelectionRange(offset, offset);
    this.editor.reveal(offset);
  }

  // What stands beside the text

  /** Replaces an entry of the outline, whose places move along, so that a slider need not wait for fedit. */
  replaceOutlined(span, text, label, mark) {
    if (this.editor.text !== this.outlineText || !this.canEdit) return;
    const [start, end] = span;
    const change = text.length - (end - start);
    const whole = this.editor.text.slice(0, start) + text + this.editor.text.slice(end);
    const move = (other) => {
      if (!other) return;
      if (other[0] >= end && other !== span) other[0] += change;
      if (other[1] >= end) other[1] += change;
    };
    for (const p of this.outline.parameters) move(p.span);
    for (const e of this.outline.edits) [e.span, e.seedSpan].forEach(move);
    for (const f of this.outline.face) move(f.span);
    move(this.outline.photo);
    this.change(whole, label, { mark, caret: this.editor.caret });
    this.outlineText = this.editor.text;
  }

  setParameter(name, value) {
    const parameter = this.outline.parameters.find((p) => p.name === name);
    if (parameter) this.replaceOutlined(parameter.span, value, name, "param " + name);
  }

  /** Gives all edits a seed. */
  setSeeds(value) {
    for (const edit of [...this.outline.edits].reverse()) this.setSeed(edit, value, "seeds");
    this.separate();
  }

  setSeed(edit, value, mark) {
    if (edit.seed != null) this.replaceOutlined(edit.seedSpan, value, "seed " + value, mark);
    else this.replaceOutlined(edit.seedSpan, `\n    seed ${value}`, "seed " + value, mark);
  }

  anotherSeed() {
    const { edits } = this.outline;
    const [item] = this.overlay.of(this.overlay.selected);
    const edit = edits.find((e) => item && e.span[0] <= item.span[0] && item.span[1] <= e.span[1]) ?? edits.at(-1);
    if (!edit) return this.say("There is no edit yet whose seed could change.", true);
    const value = String(/^\d+$/.test(edit.seed ?? "0") ? BigInt(edit.seed ?? 0) + 1n : 1);
    this.setSeed(edit, value, null);
    this.say(`Seed ${value} for “${edit.name}”.`);
  }

  // The face

  get canvasScale() {
    const match = this.outline.canvas?.match(/canvas\s*\(\s*([\d.]+)\s*,\s*([\d.]+)\s*\)/);
    return match ? [this.view.width / Number(match[1]), this.view.height / Number(match[2])] : [1, 1];
  }

  facePoints() {
    const [sx, sy] = this.canvasScale;
    return this.outline.face.map(({ name, text }) => {
      const match = text.match(/^\(\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\)$/);
      return match ? { name, text, x: match[1] * sx, y: match[2] * sy, isPlain: true } : { name, text, x: NaN, y: NaN };
    }).filter((p) => p.isPlain).concat(this.pendingFace);
  }

  written({ x, y }) {
    const [sx, sy] = this.canvasScale;
    const short = (v, scale) => String(Number((v / scale).toFixed(this.view.zoom * scale > 2 ? 1 : this.view.zoom * scale < 0.2 ? -Math.floor(Math.log10(0.2)) - 1 : 0)));
    return `(${short(x, sx)}, ${short(y, sy)})`;
  }

  moveFacePoint(point, place, mark) {
    const entry = this.outline.face.find((p) => p.name === point.name);
    if (entry) this.replaceOutlined(entry.span, this.written(place), "face", mark);
  }

  addFacePoint(point) {
    const names = ["left", "right", "mouth"];
    if (this.outline.face.length) return;
    this.pendingFace.push({ name: names[this.pendingFace.length], x: point.x, y: point.y, text: this.written(point) });
    this.tools.showFace();
    this.say(`Now the ${["", "right eye of the picture", "mouth"][this.pendingFace.length] ?? ""}.`);
    if (this.pendingFace.length < 3) return;
    const [left, right, mouth] = this.pendingFace.map((p) => p.text);
    this.pendingFace = [];
    const at = this.outline.settingsEnd;
    const { text } = this.editor;
    this.change(`${text.slice(0, at)}\nface eyes ${left}, ${right} mouth ${mouth}${text.slice(at)}`, "face");
    this.say("");
  }

  // The page

  say(text, isRefused = false) { this.notices.say(text, isRefused); }
  refuse(error) { this.notices.refuse(error); }

  showPlace(point) {
    const isInside = point && this.view.photo && point.x >= 0 && point.y >= 0 && point.x < this.view.width && point.y < this.view.height;
    get("#where").textContent = isInside ? `${point.x.toFixed(this.view.zoom > 2 ? 1 : 0)}, ${point.y.toFixed(this.view.zoom > 2 ? 1 : 0)}` : "";
  }

  viewChanged() {
    get("#zoom-text").textContent = `${Math.round(this.view.zoom * 100)} %`;
    clearTimeout(this.zoomTimer);
    this.zoomTimer = setTimeout(() => this.connection.send({ type: "view", zoom: this.view.zoom * (devicePixelRatio || 1) }), 60);
  }

  toggleOverlay() {
    this.overlay.isShown = !this.overlay.isShown;
    get("#overlay-toggle").setAttribute("aria-pressed", this.overlay.isShown);
    this.overlay.changed();
  }

  toggleCompare() { get("#compare").setAttribute("aria-pressed", this.view.toggleSplit()); }

  setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("theme", theme);
  }

  listenToPage() {
    const click = (id, action) => get(id).addEventListener("click", action);
    click("#undo", () => this.undo());
    click("#redo", () => this.redo());
    click("#help", () => this.notices.help());
    click("#overlay-toggle", () => this.toggleOverlay());
    click("#compare", () => this.toggleCompare());
    click("#zoom-in", () => this.view.zoomTo(this.view.zoom * 1.25));
    click("#zoom-out", () => this.view.zoomTo(this.view.zoom / 1.25));
    click("#zoom-fit", () => this.view.fit());
    click("#theme", () => this.setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
    this.setTheme(localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark"));
    this.listenToSplitter();
  }

  listenToSplitter() {
    const splitter = get("#splitter");
    const set = (width) => document.documentElement.style.setProperty("--script-width", `${Math.max(180, Math.min(innerWidth * 0.6, width))}px`);
    splitter.addEventListener("pointerdown", (event) => splitter.setPointerCapture(event.pointerId));
    splitter.addEventListener("pointermove", (event) => { if (splitter.hasPointerCapture(event.pointerId)) set(event.clientX); });
    splitter.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -24, ArrowRight: 24 }[event.key];
      if (step) set(get("#script-pane").offsetWidth + step);
    });
  }
}

const studio = new Studio();
studio.connect();

/** What tests and other scripts of the page hold on to. */
window.studio = {
  text: () => studio.editor.text,
  setText: (text) => studio.change(text, "typed"),
  version: () => studio.version,
  strokes: () => studio.overlay.items.map(({ layer, path, span, key }) => ({ layer, path, span, key })),
  handles: () => studio.overlay.handles.map(({ number, x, y, isLocked }) => ({ number, x, y, isLocked })),
  photoToClient: (x, y) => {
    const box = studio.stage.getBoundingClientRect();
    const at = studio.view.toStage(x, y);
    return { x: box.left + at.x, y: box.top + at.y };
  },
};
