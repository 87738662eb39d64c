// Keys that work wherever the focus is, but not while a text is typed.

const get = (selector) => document.querySelector(selector);

export class Keys {
  constructor(studio) {
    this.studio = studio;
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("keyup", (event) => this.keyUp(event));
    addEventListener("blur", () => this.keyUp({ key: "all" }));
  }

  key(event) {
    if (get("#dialog").open) return;
    const isControl = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (isControl) {
      const actions = { z: () => (event.shiftKey ? this.studio.redo() : this.studio.undo()), y: () => this.studio.redo(), s: () => this.studio.files.save() };
      if (!actions[key] || event.altKey) return;
      event.preventDefault();
      return actions[key]();
    }
    if (key === "F6") {
      event.preventDefault();
      return this.nextPart(event.shiftKey ? -1 : 1);
    }
    if (event.altKey || event.target.matches("input:not([type=range]):not([type=checkbox]), textarea, select")) {
      if (key === "Escape" && event.target === this.studio.editor.area && !event.defaultPrevented) get("#canvas").focus();
      return;
    }
    const isOnCanvas = event.target === get("#canvas") || event.target === document.body;
    if (isOnCanvas && key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      this.studio.view.before(true);
      return this.studio.overlay.changed();
    }
    if (key === " " && isOnCanvas) {
      event.preventDefault();
      this.studio.tools.isPanning = true;
      this.studio.tools.canvas.style.cursor = this.studio.tools.cursorName();
      return this.studio.tools.cursor(null);
    }
    this.command(key, event);
  }

  command(key, event) {
    const { tools, view } = this.studio;
    const choose = (tool) => () => tools.choose(tool);
    const commands = {
      v: choose("select"), s: choose("sketch"), m: choose("mask"), c: choose("color"), p: choose("paint"), e: choose("erase"), i: choose("pick"), f: choose("face"), g: choose("hand"),
      d: () => (this.studio.overlay.selected ? tools.choose("redraw") : this.studio.say("Select a stroke first, then draw it anew.", true)),
      "[": () => tools.changeBrush(-1), "]": () => tools.changeBrush(1), ",": () => tools.cycle(-1), ".": () => tools.cycle(1),
      r: () => (event.shiftKey ? this.studio.strip.moreSeeds() : this.studio.anotherSeed()), h: () => this.studio.notices.help(), "?": () => this.studio.notices.help(),
      b: () => this.studio.toggleCompare(), o: () => this.studio.toggleOverlay(),
      "+": () => view.zoomTo(view.zoom * 1.25), "=": () => view.zoomTo(view.zoom * 1.25), "-": () => view.zoomTo(view.zoom / 1.25), 0: () => view.fit(), 1: () => view.zoomTo(1),
      Delete: () => this.deleteSelected(), Backspace: () => this.deleteSelected(),
      Escape: () => {
        if (tools.drag) tools.cancel();
        else if (this.studio.overlay.selected && tools.tool !== "redraw") this.studio.select(null);
        else tools.choose("select");
        this.studio.say("");
      },
    };
    if (!commands[key]) return;
    event.preventDefault();
    commands[key]();
  }

  deleteSelected() {
    const at = this.studio.selectedPlace();
    if (at) this.studio.carryOut({ delete: { at } }, "delete").catch((error) => this.studio.refuse(error));
  }

  keyUp(event) {
    if (event.key === "Tab" || event.key === "all") {
      this.studio.view.before(false);
      this.studio.overlay.changed();
    }
    if (event.key === " " || event.key === "all") {
      this.studio.tools.isPanning = false;
      this.studio.tools.canvas.style.cursor = this.studio.tools.cursorName();
    }
  }

  /** F6 goes round the parts of the page. */
  nextPart(by) {
    const parts = ["#script", "#canvas", "#tools button", "#panel button", "#strip button", "#undo:not(:disabled), #overlay-toggle"].map((s) => get(s)).filter(Boolean);
    const regions = ["#script-pane", "#stage", "#tools", "#panel", "#strip", "#bar"];
    const at = regions.findIndex((r) => document.activeElement?.closest(r));
    parts[(at + by + parts.length) % parts.length]?.focus();
  }
}
