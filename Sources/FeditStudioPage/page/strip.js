// Versions of the script and other seeds, each as a small picture.

import { element } from "./panels.js";
import { pixels } from "./picture.js";

const most = 40;

export class Strip {
  constructor(studio) {
    this.studio = studio;
    this.versionsBox = document.querySelector("#versions");
    this.seedsBox = document.querySelector("#seeds");
    this.versions = [];
    this.nextSeed = 1;
    document.querySelector("#more-seeds").addEventListener("click", () => this.moreSeeds());
    studio.connection.onBinary("seed", (head, bytes) => this.takeSeed(head, bytes));
  }

  // Versions

  /** Notes the picture that is shown, unless a newer one comes at once. */
  note() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.add(), 450);
  }

  add() {
    const { editor, view, history } = this.studio;
    if (!view.photo || !this.studio.isCurrent) return;
    const text = editor.text;
    const known = this.versions.find((v) => v.text === text);
    if (!known) {
      const version = { text, label: history.steps[history.at].label, image: view.thumbnail(1600, 1200), isKept: false };
      this.versions.push(version);
      version.box = this.thumb(version);
      this.versionsBox.append(version.box);
      const old = this.versions.find((v) => !v.isKept);
      if (this.versions.length > most && old) {
        old.box.remove();
        this.versions.splice(this.versions.indexOf(old), 1);
      }
      this.versionsBox.scrollLeft = this.versionsBox.scrollWidth;
    }
    this.mark();
  }

  mark() {
    const text = this.studio.editor.text;
    for (const version of this.versions) version.box.firstChild.classList.toggle("current", version.text === text);
  }

  thumb(version) {
    const box = element("div", "version");
    box.role = "listitem";
    const button = element("button", "thumb");
    const small = this.small(version.image);
    const caption = element("span", "caption", version.label);
    button.append(small, caption);
    button.title = "Point at it to compare, click to go there";
    button.setAttribute("aria-label", `Version: ${version.label}`);
    this.comparing(button, () => version.image);
    button.addEventListener("click", () => {
      this.studio.view.compare(null);
      this.studio.change(version.text, "version: " + version.label);
    });
    const keep = element("button", "keep", "★");
    keep.title = "Keep";
    keep.setAttribute("aria-label", "Keep this version");
    keep.setAttribute("aria-pressed", "false");
    keep.addEventListener("click", () => {
      version.isKept = !version.isKept;
      keep.setAttribute("aria-pressed", version.isKept);
    });
    box.append(button, keep);
    return box;
  }

  /** While the pointer or the focus is on a button, its picture is shown in the place of the result. */
  comparing(button, image) {
    const { view, overlay } = this.studio;
    const show = (isShown) => {
      view.compare(isShown ? image() : null);
      overlay.changed();
    };
    button.addEventListener("pointerenter", () => show(true));
    button.addEventListener("pointerleave", () => show(false));
    button.addEventListener("focus", () => { if (button.matches(":focus-visible")) show(true); });
    button.addEventListener("blur", () => show(false));
  }

  small(image) {
    const canvas = element("canvas");
    const scale = 208 / image.height;
    canvas.width = Math.max(1, Math.round(image.width * scale));
    canvas.height = 208;
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  // Seeds

  moreSeeds() {
    this.studio.connection.send({ type: "seeds", from: this.nextSeed, count: 8 });
    this.nextSeed += 8;
  }

  /** What was shown belongs to another text. */
  forgetSeeds() {
    this.nextSeed = 1;
    this.seedsBox.replaceChildren();
  }

  takeSeed(head, bytes) {
    const canvas = element("canvas");
    [canvas.width, canvas.height] = [head.columns, head.rows];
    canvas.getContext("2d").putImageData(pixels(head, bytes), 0, 0);
    const button = element("button", "thumb" + (head.isOwn ? " current" : ""));
    button.role = "listitem";
    button.setAttribute("aria-label", `Seed ${head.seed}`);
    button.append(canvas, element("span", "caption", "seed " + head.seed));
    button.addEventListener("click", () => this.studio.setSeeds(String(head.seed)));
    this.seedsBox.append(button);
    this.seedsBox.scrollLeft = this.seedsBox.scrollWidth;
  }
}
