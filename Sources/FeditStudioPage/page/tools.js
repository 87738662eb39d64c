// What a pointer or a key does on the photo. A line that is drawn becomes a gesture when the pen is lifted.

const lines = ["sketch", "mask", "color", "paint", "erase"];
const inks = { sketch: "#ffffff", mask: "#3aa0ff", erase: "#ff6b6b", redraw: "#ffb454" };

export class Tools {
  constructor(studio) {
    this.studio = studio;
    this.view = studio.view;
    this.overlay = studio.overlay;
    this.canvas = studio.overlay.canvas;
    this.tool = "select";
    this.style = {
      brush: { sketch: 0, mask: 0, color: 0, paint: 0, erase: 0 }, color: "#8b5a2b", erases: "mask", isMirrored: false, smoothing: 0.25, recognize: true,
    };
    this.drag = null;
    this.touches = new Map();
    this.pinch = null;
    this.buttons = [...document.querySelectorAll("[data-tool]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.choose(button.dataset.tool));
    const on = (type, handler, options) => this.canvas.addEventListener(type, handler, options);
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => {
      this.lift(event);
      this.cancel();
    });
    on("pointerleave", () => this.leave());
    on("wheel", (event) => this.wheel(event), { passive: false });
    on("contextmenu", (event) => event.preventDefault());
    on("keydown", (event) => this.key(event));
    this.choose("select");
  }

  choose(tool) {
    this.cancel();
    this.tool = tool;
    for (const button of this.buttons) button.setAttribute("aria-pressed", button.dataset.tool === tool);
    this.showFace();
    this.cursor(null);
    this.options();
    this.canvas.style.cursor = this.cursorName();
    this.studio.say(this.hint());
  }

  hint() {
    switch (this.tool) {
      case "select": return this.overlay.selected ? "Drag a point, or draw over the stroke to replace it." : "";
      case "face": return this.overlay.face?.length ? "Drag the eyes and the mouth." : "Click the left eye of the picture, the right eye, the mouth.";
      case "pick": return "Click a colour of the photo; Shift-click takes it as sample(…), which follows the photo.";
      case "redraw": return "Draw the selected stroke anew.";
      default: return "";
    }
  }

  cursorName(point = null) {
    if (this.isPanning || this.tool === "hand") return this.drag?.kind === "pan" ? "grabbing" : "grab";
    if (this.tool === "select") {
      if (point && this.overlay.handleAt(point)) return "move";
      return point && this.overlay.keysAt(point).length ? "pointer" : "default";
    }
    if (this.tool === "face") return point && this.faceAt(point) ? "move" : "crosshair";
    return this.widthOnPhoto() * this.view.zoom > 6 ? "none" : "crosshair";
  }

  /** The brush's width in photo pixels; the layer's own where none was chosen. */
  widthOnPhoto() {
    if (!lines.includes(this.tool)) return 0;
    const chosen = this.style.brush[this.tool];
    if (chosen) return chosen;
    return this.tool === "sketch" || this.tool === "paint" ? 1 : Math.min(this.view.width, this.view.height) * (this.tool === "color" ? 4 : 12) / 512;
  }

  changeBrush(direction) {
    if (!lines.includes(this.tool)) return;
    const now = Math.max(1, this.widthOnPhoto());
    const next = Math.min(1000, Math.max(1, direction > 0 ? Math.max(now + 1, now * 1.2) : Math.min(now - 1, now / 1.2)));
    this.style.brush[this.tool] = Math.round(next);
    this.options();
    if (this.overlay.cursor) this.cursor(this.overlay.cursor);
  }

  cursor(point) {
    const isShown = point && lines.includes(this.tool) && !this.isPanning;
    this.overlay.cursor = isShown ? { x: point.x, y: point.y, width: this.widthOnPhoto() } : null;
    this.overlay.moved();
  }

  // Pointers

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return this.view.toPhoto(event.clientX - box.left, event.clientY - box.top);
  }

  down(event) {
    if (!this.view.photo || this.view.isHidden || (event.button !== 0 && event.button !== 1)) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    if (this.touch(event)) return;
    const point = this.place(event);
    const start = { id: event.pointerId, x: event.clientX, y: event.clientY, point };
    if (this.isPanning || this.tool === "hand" || event.button === 1) this.drag = { ...start, kind: "pan" };
    else if (!this.studio.canEdit) return this.studio.say("Another window edits this script.", true);
    else if (this.tool === "select") this.downSelecting(start, point);
    else if (this.tool === "pick") this.pick(point, event.shiftKey);
    else if (this.tool === "face") this.downFace(start, point);
    else if (!this.studio.isGood) this.studio.say("The script has an error: mend it first, then go on drawing.", true);
    else this.drag = { ...start, kind: this.tool === "redraw" ? "redraw" : "draw", points: [point] };
    this.canvas.style.cursor = this.cursorName(point);
    this.showDraft();
  }

  downSelecting(start, point) {
    const handle = this.overlay.handleAt(point);
    if (handle) {
      this.overlay.activeHandle = handle.number;
      this.studio.isChosen = true;
      if (handle.isLocked) this.studio.say(`This point is written in another file: ${handle.text}`, true);
      else this.drag = { ...start, kind: "handle", handle, key: this.overlay.selected };
      this.overlay.changed();
    } else if (this.overlay.selected && this.overlay.isNearSelected(point)) {
      // A click selects, a line over the stroke replaces it.
      this.drag = { ...start, kind: "over", points: [point] };
    } else this.drag = { ...start, kind: "click" };
  }

  // Two fingers move and zoom the view

  touch(event) {
    if (event.pointerType !== "touch") return false;
    this.touches.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.touches.size < 2) return false;
    this.cancel();
    this.pinch = this.spread();
    return true;
  }

  spread() {
    const [a, b] = [...this.touches.values()];
    const box = this.canvas.getBoundingClientRect();
    return { distance: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)), x: (a.x + b.x) / 2 - box.left, y: (a.y + b.y) / 2 - box.top };
  }

  pinching(event) {
    if (!this.pinch || !this.touches.has(event.pointerId)) return !!this.pinch;
    this.touches.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const now = this.spread();
    this.view.zoomTo(this.view.zoom * now.distance / this.pinch.distance, this.pinch);
    this.view.pan(now.x - this.pinch.x, now.y - this.pinch.y);
    this.pinch = now;
    return true;
  }

  lift(event) {
    this.touches.delete(event.pointerId);
    if (this.touches.size < 2) this.pinch = null;
  }

  move(event) {
    if (this.pinching(event)) return;
    const point = this.place(event);
    this.studio.showPlace(point);
    if (!this.drag) {
      this.cursor(point);
      this.canvas.style.cursor = this.cursorName(point);
      const hovered = this.tool === "select" ? this.overlay.keysAt(point)[0] ?? null : null;
      if (hovered !== this.overlay.hovered) {
        this.overlay.hovered = hovered;
        this.overlay.moved();
      }
      return;
    }
    if (event.pointerId !== this.drag.id) return;
    const dx = event.clientX - this.drag.x, dy = event.clientY - this.drag.y;
    switch (this.drag.kind) {
      case "pan":
        this.view.pan(dx, dy);
        Object.assign(this.drag, { x: event.clientX, y: event.clientY });
        break;
      case "click":
        if (Math.hypot(dx, dy) > 5) this.drag.kind = "pan";
        break;
      case "handle": this.dragHandle(point); break;
      case "face": this.dragFace(point); break;
      default: this.addPoints(event);
    }
    this.cursor(point);
    this.showDraft();
  }

  /** All that the pen saw since the last frame. */
  addPoints(event) {
    const events = event.getCoalescedEvents?.() ?? [];
    for (const part of events.length ? events : [event]) {
      const point = this.place(part);
      const last = this.drag.points.at(-1);
      if (Math.hypot(point.x - last.x, point.y - last.y) * this.view.zoom >= 0.5) this.drag.points.push(point);
    }
  }

  async up(event) {
    this.lift(event);
    const { drag } = this;
    if (!drag || event.pointerId !== drag.id) return;
    this.drag = null;
    const point = this.place(event);
    this.canvas.style.cursor = this.cursorName(point);
    try {
      switch (drag.kind) {
        case "click": this.select(drag.point); break;
        case "over":
          if (length(drag.points) * this.view.zoom < 8) this.select(drag.point);
          else await this.redraw(drag.points);
          break;
        case "redraw":
          await this.redraw(drag.points);
          this.choose("select");
          break;
        case "draw": await this.finishLine(drag.points); break;
        case "handle": await this.finishHandle(drag, point); break;
        case "face": this.finishFace(point); break;
      }
    } catch (error) {
      this.studio.refuse(error);
    }
    this.showDraft();
  }

  /** Escape: what is being drawn is given up. */
  cancel() {
    if (this.drag?.kind === "handle") this.studio.showDrawing();
    if (this.drag?.kind === "face") this.showFace();
    this.drag = null;
    this.showDraft();
  }

  leave() {
    this.overlay.hovered = null;
    this.cursor(null);
    this.studio.showPlace(null);
  }

  wheel(event) {
    event.preventDefault();
    const box = this.canvas.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    if (event.shiftKey) this.view.pan(-event.deltaY, 0);
    else this.view.zoomTo(this.view.zoom * Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), at);
  }

  showDraft() {
    const points = this.drag?.points;
    if (!points) this.overlay.draft = null;
    else {
      const kind = this.drag.kind === "draw" ? this.tool : "redraw";
      const ends = Math.hypot(points[0].x - points.at(-1).x, points[0].y - points.at(-1).y) * this.view.zoom;
      const isClosed = points.length > 8 && ends < 14;
      this.overlay.draft = { points, isClosed, width: kind === "redraw" ? 2 / this.view.zoom : this.widthOnPhoto(), color: inks[kind] ?? this.inkColor() };
    }
    this.overlay.moved();
  }

  inkColor() { return /^#[0-9a-f]{3,8}$/i.test(this.style.color) ? this.style.color : "#ffb454"; }

  // Lines

  async finishLine(points) {
    if (length(points) * this.view.zoom < 3) return;
    const { style, tool } = this;
    // Select, draw over it: a stroke that was chosen and is followed is drawn anew.
    if (this.studio.isChosen && this.overlay.isFollowed(points, tool)) {
      await this.redraw(points);
      return this.studio.say("Redrawn. Esc lets go of a stroke before the next one is drawn over it.");
    }
    const gesture = {
      draw: {
        points, tool, smoothing: style.smoothing, recognize: style.recognize, after: this.studio.selectedPlace() ?? undefined,
        style: { color: ["color", "paint"].includes(tool) ? style.color : undefined, brush: style.brush[tool] || undefined, erases: style.erases, isMirrored: style.isMirrored },
      },
    };
    await this.studio.carryOut(gesture, tool);
  }

  async redraw(points) {
    const at = this.studio.selectedPlace();
    if (at && length(points) * this.view.zoom >= 8) await this.studio.carryOut({ redraw: { at, points, smoothing: this.style.smoothing } }, "redraw");
  }

  // Selecting and handles

  select(point) {
    const keys = this.overlay.keysAt(point);
    // Another click at the same place goes on to what lies below.
    const at = keys.indexOf(this.overlay.selected);
    this.studio.select(keys.length ? keys[(at + 1) % keys.length] : null, true);
    this.studio.say(this.hint());
  }

  dragHandle(point) {
    const { drag } = this;
    drag.by = { x: point.x - drag.point.x, y: point.y - drag.point.y };
    const shown = this.overlay.handles.find((h) => h.number === drag.handle.number);
    if (shown) [shown.x, shown.y] = [drag.handle.x0 ?? (drag.handle.x0 = drag.handle.x), drag.handle.y0 ?? (drag.handle.y0 = drag.handle.y)].map((v, i) => v + (i ? drag.by.y : drag.by.x));
    if (Math.hypot(drag.by.x, drag.by.y) * this.view.zoom < 2) return;
    this.studio.trial(this.moveGesture(drag)).then((edit) => {
      if (edit && this.drag === drag) this.studio.say(edit.moves > 0 ? `Moves ${edit.moves} more stroke${edit.moves === 1 ? "" : "s"}.` : "");
    }, (error) => this.studio.refuse(error));
  }

  moveGesture({ handle, by }) {
    return { move: { at: this.studio.selectedPlace(), handle: handle.number, by, picked: this.studio.picked ?? undefined } };
  }

  async finishHandle(drag, point) {
    drag.by = { x: point.x - drag.point.x, y: point.y - drag.point.y };
    if (Math.hypot(drag.by.x, drag.by.y) * this.view.zoom < 2) {
      this.studio.showTargets(drag.handle);
      return this.studio.showDrawing();
    }
    await this.studio.carryOut(this.moveGesture(drag), "move");
  }

  async nudge(dx, dy) {
    const handle = this.overlay.handles.find((h) => h.number === this.overlay.activeHandle);
    if (!handle) return this.view.pan(-dx * 20, -dy * 20);
    const by = { x: dx / this.view.zoom, y: dy / this.view.zoom };
    await this.studio.carryOut(this.moveGesture({ handle, by }), "move", "nudge " + handle.number).catch((error) => this.studio.refuse(error));
  }

  // Colours and the face

  pick(point, isSample) {
    const color = this.view.colorAt(point);
    if (!color) return;
    const round = (v) => Math.round(v * 10) / 10;
    this.style.color = isSample ? `sample((${round(point.x)}, ${round(point.y)}))` : color;
    this.options();
    this.studio.say(`Colour ${this.style.color}`);
  }

  faceAt(point) {
    return this.overlay.face?.find((p) => Math.hypot(p.x - point.x, p.y - point.y) * this.view.zoom < 14) ?? null;
  }

  showFace() {
    this.overlay.face = this.tool === "face" ? this.studio.facePoints() : null;
    this.overlay.changed();
  }

  downFace(start, point) {
    const found = this.faceAt(point);
    if (found) {
      if (!found.isPlain) return this.studio.say(`This point is computed: ${found.text}. Change it in the script.`, true);
      found.isActive = true;
      this.drag = { ...start, kind: "face", found };
    } else if ((this.overlay.face?.length ?? 0) < 3) {
      this.studio.addFacePoint(point);
    }
  }

  dragFace(point) {
    Object.assign(this.drag.found, { x: point.x, y: point.y });
    this.studio.moveFacePoint(this.drag.found, point, "face " + this.drag.found.name);
  }

  finishFace() { this.studio.separate(); }

  // Keys

  key(event) {
    const step = event.shiftKey ? 10 : 1;
    const arrow = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (arrow) this.nudge(...arrow);
    else if (event.key === "Enter") {
      const numbers = this.overlay.handles.filter((h) => !h.isLocked).map((h) => h.number);
      const at = numbers.indexOf(this.overlay.activeHandle);
      this.overlay.activeHandle = numbers.length ? numbers[(at + 1) % numbers.length] : null;
      this.overlay.changed();
    } else return;
    event.preventDefault();
  }

  /** Selects the next stroke in the script's order. */
  cycle(by) {
    const keys = [...new Set(this.overlay.items.map((item) => item.key))];
    if (!keys.length) return;
    const at = keys.indexOf(this.overlay.selected);
    this.studio.select(keys[(at + by + keys.length) % keys.length] ?? keys[0], true);
  }

  // The bar

  options() {
    const bar = document.querySelector("#options");
    const { style, tool } = this;
    const parts = [];
    const isLine = lines.includes(tool);
    if (isLine) {
      const width = Math.round(this.widthOnPhoto() * 10) / 10;
      parts.push(this.slider("Brush", 1, Math.max(64, Math.round(Math.min(this.view.width, this.view.height) / 4)), 1, width, (v) => { style.brush[tool] = v; }, "Width in photo pixels ([ and ])"));
    }
    if (["color", "paint"].includes(tool) || tool === "pick") parts.push(this.colorOption());
    if (tool === "erase") parts.push(this.eraseOption());
    if (isLine || tool === "redraw") parts.push(this.slider("Smooth", 0, 1, 0.05, style.smoothing, (v) => { style.smoothing = v; }, "How much of the hand's tremor is taken out; 0 is none"));
    if (isLine) {
      parts.push(this.check("Shapes", style.recognize, (v) => { style.recognize = v; }, "What is nearly a line, circle or ellipse becomes one"));
      parts.push(this.check("Mirror", style.isMirrored, (v) => { style.isMirrored = v; }, "Draws the other half of the face along"));
    }
    bar.replaceChildren(...parts);
  }

  slider(name, min, max, step, value, change, title) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    const output = document.createElement("output");
    Object.assign(input, { type: "range", min, max, step, value });
    label.title = title;
    output.textContent = value;
    input.addEventListener("input", () => {
      change(Number(input.value));
      output.textContent = input.value;
    });
    label.append(name, input, output);
    return label;
  }

  check(name, value, change, title) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "checkbox";
    input.checked = value;
    label.title = title;
    input.addEventListener("change", () => change(input.checked));
    label.append(input, name);
    return label;
  }

  colorOption() {
    const label = document.createElement("label");
    const input = document.createElement("input");
    const text = document.createElement("input");
    input.type = "color";
    input.value = this.inkColor().slice(0, 7);
    text.type = "text";
    text.className = "swatch-text";
    text.value = this.style.color;
    text.setAttribute("aria-label", "Colour as the script writes it");
    text.title = "A colour as the script writes it: #8b5a2b, a name, sample((x, y))";
    input.addEventListener("input", () => { text.value = this.style.color = input.value; });
    text.addEventListener("change", () => {
      this.style.color = text.value.trim() || "#8b5a2b";
      input.value = this.inkColor().slice(0, 7);
    });
    label.append("Colour", input, text);
    return label;
  }

  eraseOption() {
    const label = document.createElement("label");
    const select = document.createElement("select");
    for (const [value, name] of [["mask", "mask"], ["sketch", "sketch"], ["color", "colour"]]) select.add(new Option(name, value, false, value === this.style.erases));
    select.addEventListener("change", () => { this.style.erases = select.value; });
    label.append("From", select);
    return label;
  }
}

function length(points) {
  let sum = 0;
  for (let i = 1; i < points.length; i += 1) sum += Math.hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);
  return sum;
}
