// The photo and the picture at their own size, and what of both is seen: zoom, pan, before and after.

export class PictureView extends EventTarget {
  constructor(stage) {
    super();
    this.stage = stage;
    this.canvas = stage.querySelector("#result");
    this.context = this.canvas.getContext("2d", { alpha: true });
    this.handle = stage.querySelector("#compare-handle");
    this.photo = null;
    this.result = null;
    this.zoom = 1;
    this.origin = { x: 0, y: 0 };
    this.showsBefore = false;
    this.split = null;
    this.compared = null;
    this.preview = null;
    this.isFitted = true;
    this.isDirty = true;
    new ResizeObserver(() => this.resized()).observe(stage);
    this.listenToSplit();
  }

  get width() { return this.photo?.width ?? 0; }
  get height() { return this.photo?.height ?? 0; }

  // Pixels

  /** Takes a band of the photo; the first one begins a new picture. */
  takePhoto(head, bytes) {
    const isNew = !this.photo || this.photo.width !== head.width || this.photo.height !== head.height;
    if (isNew) {
      this.photo = new Pyramid(head.width, head.height);
      this.result = new Pyramid(head.width, head.height);
    }
    const image = pixels(head, bytes);
    this.preview = null;
    this.photo.put(image, head.x, head.y);
    this.result.put(image, head.x, head.y);
    if (isNew) {
      this.fit();
      this.dispatchEvent(new Event("photo"));
    }
    this.isDirty = true;
  }

  /** Takes what a reduced photo comes to, in the place of the result until that is there. */
  takePreview(head, bytes) {
    const canvas = document.createElement("canvas");
    if (head.columns > 0) {
      [canvas.width, canvas.height] = [head.columns, head.rows];
      canvas.getContext("2d").putImageData(pixels(head, bytes), 0, 0);
    }
    this.preview = { canvas, x: head.x * head.factor, y: head.y * head.factor, factor: head.factor };
    this.isDirty = true;
  }

  takePatch(head, bytes) {
    this.preview = null;
    if (!this.result || head.width !== this.width || head.height !== this.height) return;
    if (head.columns > 0) this.result.put(pixels(head, bytes), head.x, head.y);
    this.isDirty = true;
  }

  /** The picture at a size that fits into a box. */
  thumbnail(width, height) {
    const scale = Math.min(width / this.width, height / this.height);
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(this.width * scale));
    canvas.height = Math.max(1, Math.round(this.height * scale));
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    const level = this.result.level(scale);
    context.drawImage(level.canvas, 0, 0, level.canvas.width, level.canvas.height, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  /** A pixel of the photo as "#rrggbb"; null outside. */
  colorAt(point) {
    const x = Math.floor(point.x), y = Math.floor(point.y);
    if (!this.photo || x < 0 || y < 0 || x >= this.width || y >= this.height) return null;
    const [r, g, b] = this.photo.levels[0].context.getImageData(x, y, 1, 1).data;
    return "#" + [r, g, b].map((v) => v.toString(16).padStart(2, "0")).join("");
  }

  // The view

  resized() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.stage;
    this.canvas.width = Math.max(1, Math.round(clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(clientHeight * ratio));
    if (this.isFitted) this.fit();
    this.changed();
  }

  /** Shows nothing, and keeps what there is. */
  hide(isHidden) {
    if (this.isHidden === isHidden) return;
    this.isHidden = isHidden;
    this.changed();
  }

  changed() {
    this.isDirty = true;
    this.dispatchEvent(new Event("view"));
  }

  fit() {
    if (!this.photo) return;
    const { clientWidth, clientHeight } = this.stage;
    const margin = 24;
    const zoom = Math.min((clientWidth - 2 * margin) / this.width, (clientHeight - 2 * margin) / this.height);
    this.zoom = Math.min(8, Math.max(0.02, zoom));
    this.origin = { x: (clientWidth - this.width * this.zoom) / 2, y: (clientHeight - this.height * this.zoom) / 2 };
    this.isFitted = true;
    this.changed();
  }

  zoomTo(zoom, about = { x: this.stage.clientWidth / 2, y: this.stage.clientHeight / 2 }) {
    zoom = Math.min(8, Math.max(0.02, zoom));
    const factor = zoom / this.zoom;
    this.origin = { x: about.x - (about.x - this.origin.x) * factor, y: about.y - (about.y - this.origin.y) * factor };
    this.zoom = zoom;
    this.isFitted = false;
    this.keepInSight();
  }

  pan(dx, dy) {
    this.origin = { x: this.origin.x + dx, y: this.origin.y + dy };
    this.isFitted = false;
    this.keepInSight();
  }

  keepInSight() {
    const { clientWidth, clientHeight } = this.stage;
    const w = this.width * this.zoom, h = this.height * this.zoom, least = 60;
    this.origin.x = Math.min(clientWidth - least, Math.max(least - w, this.origin.x));
    this.origin.y = Math.min(clientHeight - least, Math.max(least - h, this.origin.y));
    this.changed();
  }

  /** From the stage's pixels to the photo's. */
  toPhoto(x, y) { return { x: (x - this.origin.x) / this.zoom, y: (y - this.origin.y) / this.zoom }; }

  /** From the photo's pixels to the stage's. */
  toStage(x, y) { return { x: this.origin.x + x * this.zoom, y: this.origin.y + y * this.zoom }; }

  // Drawing

  draw() {
    if (!this.isDirty) return;
    this.isDirty = false;
    const { context, canvas } = this;
    const ratio = devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!this.photo || this.isHidden) return;
    const split = this.split === null ? null : Math.round(this.split * canvas.width);
    if (this.showsBefore) this.drawPart(this.photo, ratio, 0, canvas.width);
    else if (this.compared) this.drawImage(this.compared, ratio);
    else if (split === null) this.drawResult(ratio, 0, canvas.width);
    else {
      this.drawPart(this.photo, ratio, 0, split);
      this.drawResult(ratio, split, canvas.width);
    }
  }

  drawResult(ratio, left, right) {
    const { context, canvas, preview } = this;
    if (!preview) return this.drawPart(this.result, ratio, left, right);
    this.drawPart(this.photo, ratio, left, right);
    if (!preview.canvas.width) return;
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, canvas.height);
    context.clip();
    context.imageSmoothingEnabled = true;
    const at = this.toStage(preview.x, preview.y), scale = preview.factor * this.zoom * ratio;
    context.drawImage(preview.canvas, at.x * ratio, at.y * ratio, preview.canvas.width * scale, preview.canvas.height * scale);
    context.restore();
  }

  drawPart(pyramid, ratio, left, right) {
    const { context, canvas } = this;
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, canvas.height);
    context.clip();
    const scale = this.zoom * ratio;
    const level = pyramid.level(scale);
    // Single pixels are of interest only from some size on.
    context.imageSmoothingEnabled = scale < 6;
    context.imageSmoothingQuality = "high";
    // Only what is seen is drawn, so that zooming in on a large photo stays quick.
    const from = this.toPhoto(0, 0), to = this.toPhoto(this.stage.clientWidth, this.stage.clientHeight);
    const x0 = Math.max(0, Math.floor(from.x)), y0 = Math.max(0, Math.floor(from.y));
    const x1 = Math.min(this.width, Math.ceil(to.x)), y1 = Math.min(this.height, Math.ceil(to.y));
    if (x1 > x0 && y1 > y0) {
      const k = level.scale;
      context.drawImage(
        level.canvas, x0 / k, y0 / k, (x1 - x0) / k, (y1 - y0) / k,
        (this.origin.x + x0 * this.zoom) * ratio, (this.origin.y + y0 * this.zoom) * ratio, (x1 - x0) * scale, (y1 - y0) * scale);
    }
    context.restore();
  }

  drawImage(image, ratio) {
    const { context } = this;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    context.drawImage(image, this.origin.x * ratio, this.origin.y * ratio, this.width * this.zoom * ratio, this.height * this.zoom * ratio);
  }

  // Before and after

  before(isShown) {
    if (this.showsBefore === isShown) return;
    this.showsBefore = isShown;
    this.isDirty = true;
  }

  /** Shows another picture instead, as large as the photo is shown. */
  compare(image) {
    this.compared = image;
    this.isDirty = true;
  }

  toggleSplit() {
    this.split = this.split === null ? 0.5 : null;
    this.placeSplit();
    return this.split !== null;
  }

  placeSplit() {
    this.handle.hidden = this.split === null;
    if (this.split !== null) {
      this.handle.style.left = this.split * 100 + "%";
      this.handle.setAttribute("aria-valuenow", Math.round(this.split * 100));
    }
    this.isDirty = true;
  }

  listenToSplit() {
    const move = (event) => {
      const box = this.stage.getBoundingClientRect();
      this.split = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
      this.placeSplit();
    };
    this.handle.addEventListener("pointerdown", (event) => this.handle.setPointerCapture(event.pointerId));
    this.handle.addEventListener("pointermove", (event) => { if (this.handle.hasPointerCapture(event.pointerId)) move(event); });
    this.handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      this.split = Math.min(1, Math.max(0, this.split + step));
      this.placeSplit();
    });
  }
}

/** A picture and its halves, so that a small view of a large one is quick and does not glitter. */
class Pyramid {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.levels = [];
    let scale = 1;
    do {
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(width / scale));
      canvas.height = Math.max(1, Math.round(height / scale));
      const context = canvas.getContext("2d");
      context.imageSmoothingQuality = "high";
      this.levels.push({ canvas, context, scale });
      scale *= 2;
    } while (Math.max(width, height) / scale > 600);
  }

  /** The smallest level that is as fine as a scale asks for. */
  level(scale) {
    let found = this.levels[0];
    for (const level of this.levels) if (level.scale * scale <= 1.01) found = level;
    return found;
  }

  put(image, x, y) {
    this.levels[0].context.putImageData(image, x, y);
    for (let i = 1; i < this.levels.length; i += 1) {
      const { context, canvas } = this.levels[i];
      const k = this.levels[i].scale;
      // Whole pixels of this level that the part touches, and their double in the level above.
      const x0 = Math.max(0, Math.floor(x / k) - 1), y0 = Math.max(0, Math.floor(y / k) - 1);
      const x1 = Math.min(canvas.width, Math.ceil((x + image.width) / k) + 1), y1 = Math.min(canvas.height, Math.ceil((y + image.height) / k) + 1);
      const above = this.levels[i - 1].canvas;
      const w = Math.min((x1 - x0) * 2, above.width - x0 * 2), h = Math.min((y1 - y0) * 2, above.height - y0 * 2);
      if (w <= 0 || h <= 0) continue;
      context.clearRect(x0, y0, x1 - x0, y1 - y0);
      context.drawImage(above, x0 * 2, y0 * 2, w, h, x0, y0, w / 2, h / 2);
    }
  }
}

/** Samples as they come from fedit, for a canvas. */
export function pixels(head, bytes) {
  const { columns, rows, channels } = head;
  const count = columns * rows;
  const data = new Uint8ClampedArray(count * 4);
  if (channels === 4) data.set(bytes);
  else {
    const words = new Uint32Array(data.buffer);
    for (let i = 0, j = 0; i < count; i += 1, j += 3) words[i] = 0xff000000 | (bytes[j + 2] << 16) | (bytes[j + 1] << 8) | bytes[j];
  }
  return new ImageData(data, columns, rows);
}
