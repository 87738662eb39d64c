// Bars above the page, dialogs, and the line below the photo.

import { lineDiff } from "./history.js";
import { element } from "./panels.js";

const keys = [
  ["V", "Select, move points, redraw"], ["S", "Sketch"], ["M", "Mask brush"], ["C", "Colour brush"], ["P", "Paint"], ["E", "Erase"],
  ["I", "Take a colour"], ["F", "Face points"], ["G", "Move the view"], ["D", "Draw the selected stroke anew"],
  ["[  ]", "Brush size"], [",  .", "Stroke before, next"], ["Enter", "Next point"], ["Arrows", "Move the point (Shift: ten times)"], ["Del", "Delete the stroke"], ["Esc", "Give up, select nothing"],
  ["Ctrl+Z", "Undo"], ["Ctrl+Shift+Z", "Redo"], ["R", "Another seed"], ["Shift+R", "Try eight seeds"],
  ["Tab", "Hold: before"], ["B", "Before and after with a slider"], ["O", "Show strokes"], ["Space", "Hold: move the view"], ["+  −", "Zoom"], ["0  1", "Fit, 100 %"],
  ["Ctrl+S", "Save"], ["Ctrl+V", "Paste a photo"], ["F6", "Next part of the page"], ["Ctrl+Space", "Complete"], ["F2", "Rename"], ["Shift+Alt+F", "Format"], ["Alt+↑ ↓", "Change the number"], ["Alt+drag", "Scrub a number"], ["Ctrl+/", "Comment"], ["H", "This list"],
];

export class Notices {
  constructor() {
    this.bar = document.querySelector("#notices");
    this.status = document.querySelector("#status");
    this.dialog = document.querySelector("#dialog");
    this.bars = new Map();
  }

  /** A bar that stays until something is chosen. */
  show(id, text, actions) {
    this.hide(id);
    const box = element("div", "notice");
    box.append(element("p", "", text));
    for (const [name, action] of actions) {
      const button = element("button", "", name);
      button.addEventListener("click", () => action());
      box.append(button);
    }
    this.bars.set(id, box);
    this.bar.append(box);
  }

  hide(id) {
    this.bars.get(id)?.remove();
    this.bars.delete(id);
  }

  /** A line below the photo; refusals go by themselves. */
  say(text, isRefused = false) {
    clearTimeout(this.timer);
    this.status.textContent = text;
    this.status.classList.toggle("refused", isRefused);
    if (isRefused) this.timer = setTimeout(() => this.say(""), 7000);
  }

  refuse(error) { this.say([error.message, ...(error.hints ?? [])].join(" — "), true); }

  /** A dialog; resolves to what was chosen, null where it was closed. */
  ask(title, body, buttons) {
    document.querySelector("#dialog-title").textContent = title;
    document.querySelector("#dialog-body").replaceChildren(...body);
    document.querySelector("#dialog-buttons").replaceChildren(...buttons.map(([value, name], index) => {
      const button = element("button", index === buttons.length - 1 ? "primary" : "", name);
      button.value = value;
      return button;
    }));
    this.dialog.returnValue = "";
    this.dialog.showModal();
    return new Promise((resolve) => this.dialog.addEventListener("close", () => resolve(this.dialog.returnValue || null), { once: true }));
  }

  async askText(title, label, value) {
    const box = element("p");
    const input = element("input");
    Object.assign(input, { type: "text", value });
    input.setAttribute("aria-label", label);
    box.append(label + " ", input);
    const answer = this.ask(title, [box], [["", "Cancel"], ["yes", "OK"]]);
    input.focus();
    input.select();
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.dialog.close("yes");
    });
    return (await answer) ? input.value.trim() : null;
  }

  difference(title, before, after, buttons) {
    const box = element("div", "diff");
    box.tabIndex = 0;
    for (const [kind, line] of lineDiff(before, after)) {
      box.append(element("div", { "+": "added", "-": "removed" }[kind] ?? "", `${kind} ${line}`));
    }
    return this.ask(title, [box], buttons);
  }

  help() {
    const box = element("div", "keys");
    for (const [key, what] of keys) {
      const row = element("div");
      row.append(element("span", "", what), element("kbd", "", key));
      box.append(row);
    }
    return this.ask("Keys", [box], [["", "Close"]]);
  }
}
