// The right side: layers, the selected statement, the script's parameters.

import { layers } from "./overlay.js";
import { sixDigits } from "./lexer.js";

export class Panels {
  constructor(studio) {
    this.studio = studio;
    this.layersBox = document.querySelector("#layers");
    this.selectionBox = document.querySelector("#selection");
    this.paramsBox = document.querySelector("#params");
    this.makeLayers();
  }

  // Layers

  makeLayers() {
    const { overlay } = this.studio;
    this.rows = new Map();
    for (const { id, name, chip } of layers) {
      const state = overlay.shown[id];
      const row = element("div", "layer");
      const eye = element("button", "eye");
      eye.append(icon("M2.500 12c2.500-4.500 6-6.500 9.500-6.500s7 2 9.500 6.500c-2.500 4.500-6 6.500-9.500 6.500S5 16.500 2.500 12zM12 9.300a2.700 2.700 0 1 1 0 5.400 2.700 2.700 0 0 1 0-5.400z"));
      eye.setAttribute("aria-label", `Show ${name.toLowerCase()}`);
      const update = () => {
        eye.setAttribute("aria-pressed", state.on);
        row.classList.toggle("off", !state.on);
        overlay.changed();
      };
      eye.addEventListener("click", () => {
        state.on = !state.on;
        update();
      });
      const color = element("span", "chip");
      color.style.background = chip;
      const label = element("span", "name", name);
      const count = element("span", "count");
      label.append(" ", count);
      const slider = element("input");
      Object.assign(slider, { type: "range", min: 0, max: 1, step: 0.05, value: state.opacity });
      slider.setAttribute("aria-label", `Opacity of ${name.toLowerCase()}`);
      slider.addEventListener("input", () => {
        state.opacity = Number(slider.value);
        overlay.changed();
      });
      row.append(eye, color, label, slider);
      update();
      this.layersBox.append(row);
      this.rows.set(id, { row, count });
    }
  }

  countLayers() {
    for (const [id, { row, count }] of this.rows) {
      const number = this.studio.overlay.items.filter((item) => item.layer === id).length;
      count.textContent = number || "";
      // What is rare has a row from the first one on.
      row.hidden = ["recolor", "heal", "warp"].includes(id) && !number;
    }
  }

  // Selection

  showSelection() {
    const { overlay, canEdit } = this.studio;
    const items = overlay.of(overlay.selected);
    const [item] = items;
    if (!item) {
      return this.selectionBox.replaceChildren(element("p", "none", "Nothing selected. Click a stroke."));
    }
    const parts = [this.trail(items)];
    const edit = (label, title, gesture, name) => {
      const button = element("button", "", label);
      button.title = title;
      button.disabled = !canEdit;
      button.addEventListener("click", () => this.studio.carryOut(gesture(), name).catch((error) => this.studio.refuse(error)));
      return button;
    };
    const at = () => this.studio.selectedPlace();
    const field = this.fields(item, at);
    parts.push(...field);
    const redraw = element("button", "", "Redraw");
    redraw.title = "Draw the stroke anew (D)";
    redraw.disabled = !canEdit;
    redraw.addEventListener("click", () => this.studio.tools.choose("redraw"));
    const actions = element("div", "actions");
    actions.append(
      redraw, edit("Detach", "Write out what a call, loop or name stands for, so that it can be changed alone", () => ({ detach: { at: at() } }), "detach"),
      edit("Delete", "Delete the statement (Del)", () => ({ delete: { at: at() } }), "delete"));
    parts.push(actions);
    this.targetsBox = element("div");
    parts.push(this.targetsBox);
    this.selectionBox.replaceChildren(...parts);
  }

  /** The way from the script's statement down to where the stroke is written. */
  trail(items) {
    const list = element("ul", "trail");
    const longest = items.reduce((a, b) => (b.trail.length > a.trail.length ? b : a));
    for (const crumb of longest.trail) {
      const row = element("li");
      const button = element("button", crumb.isLocked ? "locked" : "", crumb.text);
      button.title = crumb.isLocked ? `${crumb.file}, line ${crumb.at.line}: locked, it is another file` : `Line ${crumb.at.line}`;
      button.addEventListener("click", () => { if (!crumb.isLocked) this.studio.goTo(crumb.at); });
      row.append(button);
      list.append(row);
    }
    return list;
  }

  fields(item, at) {
    const set = (modifier, value) => this.studio.carryOut({ set: { at: at(), modifier, value } }, modifier).catch((error) => {
      this.studio.refuse(error);
      this.showSelection();
    });
    const rows = [];
    const row = (name, input) => {
      const box = element("div", "field");
      const label = element("label", "", name);
      label.htmlFor = input.id = "field-" + name.toLowerCase();
      input.disabled = !this.studio.canEdit;
      box.append(label, input);
      rows.push(box);
    };
    if (["color", "recolor"].includes(item.layer) && item.color) {
      const input = element("input");
      Object.assign(input, { type: "color", value: item.color });
      input.addEventListener("change", () => set("with", input.value));
      row("Colour", input);
    }
    const name = element("input");
    Object.assign(name, { type: "text", value: item.label ?? "", placeholder: "none" });
    name.addEventListener("change", () => set("as", JSON.stringify(name.value)));
    row("Label", name);
    return rows;
  }

  /** The literals that a drag of a point could change. */
  showTargets(targets, picked, choose) {
    if (!this.targetsBox) return;
    if (targets.length < 2) return this.targetsBox.replaceChildren();
    const title = element("p", "none", "Dragging this point changes");
    const list = element("ul", "trail");
    for (const target of targets) {
      const row = element("li");
      const button = element("button", "", target.text + (target.moves ? `   moves ${target.moves} more` : ""));
      button.setAttribute("aria-pressed", picked ? same(picked, target.at) : target === targets[0]);
      button.addEventListener("click", () => choose(target));
      row.append(button);
      list.append(row);
    }
    this.targetsBox.replaceChildren(title, list);
  }

  // Parameters

  showParams(parameters) {
    const key = parameters.map((p) => `${p.name}:${p.type}`).join();
    if (key === this.paramKey) {
      // The same sliders, so that one that is dragged stays.
      parameters.forEach((p, index) => this.paramRows[index].update(p));
      return;
    }
    this.paramKey = key;
    this.paramRows = parameters.map((p) => this.param(p));
    this.paramsBox.replaceChildren(...this.paramRows.map((row) => row.box));
    if (!parameters.length) {
      this.paramsBox.append(element("p", "none", "None. Put the caret on a number of the script and make it one:"), this.extractButton());
    } else this.paramsBox.append(this.extractButton());
  }

  extractButton() {
    const button = element("button", "", "Make this a param");
    button.title = "The number, colour or point at the caret becomes a parameter with a slider";
    const box = element("div", "actions");
    button.addEventListener("click", () => this.studio.extractParam());
    box.append(button);
    return box;
  }

  param(parameter) {
    const box = element("div", "param");
    const head = element("div", "head");
    const label = element("label", "", parameter.name);
    const doc = element("span", "doc", parameter.doc ?? "");
    doc.title = parameter.doc ?? "";
    head.append(label, doc);
    const row = element("div", "row");
    let current = parameter;
    const change = (value) => this.studio.setParameter(current.name, value);
    const update = this.control(parameter, row, change, "param-" + parameter.name);
    label.htmlFor = "param-" + parameter.name;
    box.append(head, row);
    return {
      box,
      update: (next) => {
        current = next;
        doc.textContent = next.doc ?? "";
        update(next);
      },
    };
  }

  control({ type, value }, row, change, id) {
    const text = element("input");
    Object.assign(text, { type: "text", value, id });
    text.addEventListener("change", () => change(text.value));
    const updateText = ({ value: next }) => { if (document.activeElement !== text) text.value = next; };
    // Beside the text, what says the same by hand.
    const beside = (kind, name) => {
      const input = element("input");
      input.type = kind;
      input.setAttribute("aria-label", `${id.slice(6)}, ${name}`);
      input.addEventListener("input", () => {
        text.value = input.value;
        change(input.value);
      });
      row.append(input, text);
      return input;
    };
    if (type === "number" && value.trim() !== "" && Number.isFinite(Number(value))) {
      const slider = beside("range", "slider");
      const range = (v) => {
        const n = Number(v), decimals = (v.split(".")[1] ?? "").length;
        const reach = Math.max(Math.abs(n) * 2, 10 ** -decimals * 10);
        Object.assign(slider, { min: n < 0 ? -reach : 0, max: reach, step: 10 ** -Math.max(decimals, reach < 10 ? 2 : 0) });
        slider.value = n;
      };
      range(value);
      return (next) => {
        updateText(next);
        if (document.activeElement !== slider) range(next.value);
      };
    }
    if (type === "color" && /^#[0-9a-f]{3,8}$/i.test(value)) {
      row.classList.add("color");
      const color = beside("color", "colour");
      color.value = sixDigits(value);
      return (next) => {
        updateText(next);
        if (document.activeElement !== color && next.value.startsWith("#")) color.value = sixDigits(next.value);
      };
    }
    row.classList.add("one");
    if (type === "bool") {
      const check = element("input");
      Object.assign(check, { type: "checkbox", checked: value === "true", id });
      check.addEventListener("change", () => change(String(check.checked)));
      row.append(check);
      return (next) => { check.checked = next.value === "true"; };
    }
    row.append(text);
    return updateText;
  }
}

export function element(name, className = "", text = null) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== null) made.textContent = text;
  return made;
}

function icon(d) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

function same(a, b) { return a.line === b.line && a.column === b.column; }
