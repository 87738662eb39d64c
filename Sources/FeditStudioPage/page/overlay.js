// Strokes over the picture, by layer; drawn anew whenever something moves. Hits are found in the same paths.

export const layers = [
  { id: "mask", name: "Mask", chip: "#3aa0ff" }, { id: "sketch", name: "Sketch", chip: "#ffffff" },
  { id: "color", name: "Colour", chip: "#ffb454" }, { id: "recolor", name: "Recolour", chip: "#c792ea" }, { id: "heal", name: "Heal", chip: "#7cf0c8" },
  { id: "warp", name: "Warp", chip: "#ff8fd0" },
];

export class Overlay {
  constructor(canvas, view) {
    this.canvas = canvas;
    this.front = canvas.getContext("2d");
    // Strokes that stand still are drawn once, and the pointer's things over them.
    this.back = document.createElement("canvas").getContext("2d");
    this.context = this.front;
    this.hits = document.createElement("canvas").getContext("2d");
    this.hits.lineCap = this.hits.lineJoin = "round";
    this.view = view;
    this.items = [];
    this.isShown = true;
    this.shown = Object.fromEntries(layers.map(({ id }) => [id, { on: true, opacity: id === "sketch" ? 0.9 : 0.7 }]));
    this.selected = null;
    this.hovered = null;
    this.activeHandle = null;
    this.draft = null;
    this.face = null;
    this.cursor = null;
    this.isDirty = true;
    view.addEventListener("view", () => this.changed());
  }

  changed() { this.isDirty = this.isBackDirty = true; }

  /** Only what follows the pointer is drawn anew. */
  moved() { this.isDirty = true; }

  /** Takes what fedit says is drawn. */
  take(items) {
    // A layer that this page does not know is not drawn.
    this.items = items.filter((item) => this.shown[item.layer]).map((item) => ({ ...item, shape: new Path2D(item.path), key: `${item.at.line}:${item.at.column}` }));
    this.changed();
  }

  /** The items of a statement. */
  of(key) { return key ? this.items.filter((item) => item.key === key) : []; }

  get handles() {
    const seen = new Map();
    for (const item of this.of(this.selected)) for (const handle of item.handles) if (!seen.has(handle.number)) seen.set(handle.number, handle);
    return [...seen.values()];
  }

  // Drawing

  draw() {
    if (!this.isDirty) return;
    this.isDirty = false;
    const { canvas, view, front, back } = this;
    const ratio = devicePixelRatio || 1;
    const { width, height } = view.canvas;
    for (const c of [canvas, back.canvas]) {
      if (c.width === width && c.height === height) continue;
      [c.width, c.height] = [width, height];
      this.isBackDirty = true;
    }
    const k = view.zoom * ratio;
    this.map = [k, 0, 0, k, view.origin.x * ratio, view.origin.y * ratio];
    this.pixel = 1 / view.zoom;
    const isEmpty = !view.photo || view.isHidden;
    const isHidden = isEmpty || !this.isShown || view.showsBefore || view.compared;
    if (this.isBackDirty) {
      this.isBackDirty = false;
      this.begin(back);
      if (!isHidden) for (const id of ["mask", "heal", "color", "recolor", "sketch", "warp"]) this.drawLayer(id);
    }
    this.begin(front);
    if (isEmpty) return;
    front.setTransform(1, 0, 0, 1, 0, 0);
    if (!isHidden) front.drawImage(back.canvas, 0, 0);
    front.setTransform(...this.map);
    if (!isHidden) {
      this.drawMarked(this.hovered, 0.75);
      this.drawMarked(this.selected, 1);
    }
    if (this.draft) this.drawDraft();
    if (this.face) this.drawFace();
    if (!isHidden && this.selected) this.drawHandles();
    if (this.cursor) this.drawCursor();
  }

  /** Clears a canvas and draws into it from now on, in photo pixels. */
  begin(context) {
    this.context = context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.setTransform(...this.map);
    context.lineJoin = context.lineCap = "round";
  }

  drawLayer(id) {
    const state = this.shown[id];
    if (!state.on) return;
    this.context.globalAlpha = state.opacity;
    for (const item of this.items) if (item.layer === id) this.drawItem(item);
    this.context.globalAlpha = 1;
  }

  drawItem(item) {
    const { context, pixel } = this;
    const width = this.widthOf(item);
    if (item.isErase) {
      this.line(item.shape, "#ff6b6b", 1.5, [5, 4]);
    } else if (item.layer === "mask" || item.layer === "heal") {
      const alpha = context.globalAlpha;
      const color = item.layer === "mask" ? "#3aa0ff" : "#7cf0c8";
      context.fillStyle = context.strokeStyle = color;
      context.globalAlpha = alpha * 0.22;
      if (item.isClosed) context.fill(item.shape);
      else {
        context.lineWidth = width;
        context.stroke(item.shape);
      }
      context.globalAlpha = alpha;
      if (item.isClosed) this.line(item.shape, color, 1.25);
    } else if (item.layer === "warp") {
      this.line(item.shape, "#000a", 3.2);
      this.line(item.shape, "#ff8fd0", 1.5, [6, 4]);
    } else if (item.layer === "sketch") {
      this.line(item.shape, "#000a", 3.2);
      this.line(item.shape, "#ffffff", 1.5);
    } else {
      context.fillStyle = context.strokeStyle = item.color ?? "#ffb454";
      const alpha = context.globalAlpha;
      context.globalAlpha = alpha * 0.5;
      if (item.isClosed) context.fill(item.shape);
      else {
        context.lineWidth = Math.max(width, 1.5 * pixel);
        context.stroke(item.shape);
      }
      context.globalAlpha = alpha;
      if (item.isClosed) this.line(item.shape, item.color ?? "#ffb454", 1.25, item.layer === "recolor" ? [4, 3] : []);
    }
  }

  line(shape, color, width, dash = []) {
    const { context, pixel } = this;
    context.strokeStyle = color;
    context.lineWidth = width * pixel;
    context.setLineDash(dash.map((d) => d * pixel));
    context.stroke(shape);
    context.setLineDash([]);
  }

  drawMarked(key, alpha) {
    const { context } = this;
    context.globalAlpha = alpha;
    for (const item of this.of(key)) {
      this.line(item.shape, "#000b", 4);
      this.line(item.shape, "#ffb454", 2);
    }
    context.globalAlpha = 1;
  }

  drawHandles() {
    for (const handle of this.handles) {
      const isActive = handle.number === this.activeHandle;
      this.dot(handle, isActive ? 6 : 4.6, handle.isLocked ? "#9aa3ad" : isActive ? "#ffb454" : "#ffffff", handle.isLocked);
    }
  }

  dot(point, radius, fill, isSquare = false) {
    const { context, pixel } = this;
    const r = radius * pixel;
    context.beginPath();
    if (isSquare) context.rect(point.x - r * 0.8, point.y - r * 0.8, r * 1.6, r * 1.6);
    else context.arc(point.x, point.y, r, 0, 7);
    context.fillStyle = fill;
    context.fill();
    context.strokeStyle = "#000c";
    context.lineWidth = 1.5 * pixel;
    context.stroke();
  }

  drawDraft() {
    const { context, pixel } = this;
    const { points, color, width, isClosed } = this.draft;
    if (points.length < 1) return;
    context.beginPath();
    context.moveTo(points[0].x, points[0].y);
    for (const p of points.slice(1)) context.lineTo(p.x, p.y);
    if (points.length === 1) context.lineTo(points[0].x + 0.01, points[0].y);
    context.globalAlpha = width > 3 * pixel ? 0.5 : 1;
    if (width <= 3 * pixel) {
      context.strokeStyle = "#000a";
      context.lineWidth = width + 2 * pixel;
      context.stroke();
    }
    context.strokeStyle = color;
    context.lineWidth = Math.max(width, 1.5 * pixel);
    context.stroke();
    context.globalAlpha = 1;
    if (isClosed) this.dot(points[0], 5, "#ffb454");
  }

  drawFace() {
    const { context } = this;
    const names = { left: "left eye", right: "right eye", mouth: "mouth" };
    const ratio = devicePixelRatio || 1;
    for (const point of this.face) {
      this.dot(point, 7, point.isActive ? "#ffb454" : "#7cf0c8");
      const at = this.view.toStage(point.x, point.y);
      context.save();
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.font = "600 12px system-ui, sans-serif";
      context.lineWidth = 3;
      context.strokeStyle = "#000b";
      context.fillStyle = "#fff";
      context.strokeText(names[point.name] ?? point.name, at.x + 11, at.y + 4);
      context.fillText(names[point.name] ?? point.name, at.x + 11, at.y + 4);
      context.restore();
    }
  }

  drawCursor() {
    const { context, pixel } = this;
    const { x, y, width } = this.cursor;
    const r = Math.max(width / 2, 1.5 * pixel);
    for (const [color, w] of [["#000b", 2.6], ["#fff", 1.2]]) {
      context.beginPath();
      context.arc(x, y, r, 0, 7);
      context.strokeStyle = color;
      context.lineWidth = w * pixel;
      context.stroke();
    }
  }

  // Hits

  /** The line's width in photo pixels. */
  widthOf(item) {
    if (item.width) return item.width;
    return ["sketch", "warp"].includes(item.layer) ? 1 : (this.side ?? Math.min(this.view.width, this.view.height)) * (["mask", "heal"].includes(item.layer) ? 12 : 4) / 512;
  }

  handleAt(point) {
    const reach = 9 / this.view.zoom;
    let best = null;
    for (const handle of this.handles) {
      const d = Math.hypot(handle.x - point.x, handle.y - point.y);
      if (d <= reach && (!best || d < best.d)) best = { handle, d };
    }
    return best?.handle ?? null;
  }

  /** The statements under a place, lines before areas, the topmost first. */
  keysAt(point) {
    if (!this.isShown) return [];
    const lines = [], areas = [];
    for (const item of [...this.items].reverse()) {
      if (!this.shown[item.layer].on) continue;
      const reach = 10 / this.view.zoom;
      this.hits.lineWidth = Math.max(reach, item.isClosed ? 0 : this.widthOf(item));
      if (this.hits.isPointInStroke(item.shape, point.x, point.y)) lines.push(item.key);
      else if (item.isClosed && this.hits.isPointInPath(item.shape, point.x, point.y)) areas.push(item.key);
    }
    return [...new Set([...lines, ...areas])];
  }

  /** Whether a place lies at the selected shape or near it. */
  isNearSelected(point) {
    this.hits.lineWidth = 48 / this.view.zoom;
    return this.of(this.selected).some(
      (item) => this.hits.isPointInStroke(item.shape, point.x, point.y) || (item.isClosed && this.hits.isPointInPath(item.shape, point.x, point.y)));
  }

  /** Whether a line goes along the selected stroke, from end to end, in the layer of a tool. */
  isFollowed(points, tool) {
    const items = this.of(this.selected);
    const item = items.find((i) => i.layer === tool && !i.isErase);
    if (!item || items.length > (tool === "paint" ? 3 : 1)) return false;
    let drawn = 0;
    for (let i = 1; i < points.length; i += 1) drawn += Math.hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", item.path);
    const length = path.getTotalLength();
    if (drawn < length / 2 || drawn > length * 2) return false;
    this.hits.lineWidth = 2 * Math.max(14 / this.view.zoom, 0.16 * length);
    const near = points.filter((p) => this.hits.isPointInStroke(item.shape, p.x, p.y)).length;
    return near >= 0.85 * points.length;
  }
}
