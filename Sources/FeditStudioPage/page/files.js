// Saving and what others do to the file, what was not saved the last time, photos that are dropped, exports.

import { element } from "./panels.js";

const get = (selector) => document.querySelector(selector);

export class Files {
  constructor(studio) {
    this.studio = studio;
    this.listenToDrops();
    for (const button of document.querySelectorAll("[data-export]")) button.addEventListener("click", () => this.export(button.dataset.export));
    get("#save").addEventListener("click", () => this.save());
    get("#choose").addEventListener("click", () => get("#file-choice").click());
    get("#file-choice").addEventListener("change", (event) => { if (event.target.files[0]) this.takePhoto(event.target.files[0]); });
    document.addEventListener("pointerdown", (event) => { if (!event.target.closest("#export")) get("#export").open = false; });
    studio.connection.on("saved", (message) => {
      studio.saved = message.text;
      studio.update();
    });
    studio.connection.on("outside", (message) => this.takeOutside(message));
  }

  // Photos

  async takePhoto(file) {
    if (!this.studio.canEdit) return;
    try {
      this.studio.say("Taking the photo…");
      const { name } = await this.studio.connection.upload(file);
      const layer = this.studio.view.photo ? await this.askForLayer(file.name, name) : "photo";
      if (!layer) return this.studio.say("");
      if (layer === "photo") this.usePhoto(name);
      else this.useLayer(name, layer);
      this.studio.say("");
    } catch (error) {
      this.studio.refuse(error);
    }
  }

  askForLayer(given, name) {
    return this.studio.notices.ask("A picture", [element("p", "", `What is '${given || name}'?`)], [
      ["mask", "A mask"], ["sketch", "A sketch"], ["color", "Colours"], ["photo", "The photo to edit"],
    ]);
  }

  usePhoto(name) {
    const quoted = JSON.stringify(name);
    const { text } = this.studio.editor;
    if (this.studio.outline.photo) this.studio.replaceOutlined(this.studio.outline.photo, quoted, "photo", null);
    else {
      const at = this.studio.outline.settingsEnd;
      this.studio.change(`${text.slice(0, at)}${at ? "\n\n" : "fedit 1\n\n"}photo ${quoted}${text.slice(at) || "\n"}`, "photo");
    }
  }

  /** A picture of a layer, as other programs save them, becomes a statement of the last edit. */
  useLayer(name, layer) {
    const line = `    ${layer} image(${JSON.stringify(name)})\n`;
    const { text } = this.studio.editor;
    const edit = this.studio.outline.edits.at(-1);
    if (!edit) return this.studio.change(`${text.trimEnd()}\n\nedit "layers" {\n${line}}\n`, layer);
    const at = text.lastIndexOf("}", edit.span[1]);
    this.studio.change(text.slice(0, at) + line + text.slice(at), layer);
  }

  // Files

  async save() {
    if (!this.studio.canEdit) return;
    const { text } = this.studio.editor;
    try {
      const answer = await this.studio.connection.ask({ type: "save", text });
      if (answer.type === "outside") return this.takeOutside(answer);
      this.studio.saved = answer.text;
      this.studio.notices.hide("outside");
      this.studio.update();
      this.studio.say("Saved.");
      setTimeout(() => { if (this.studio.notices.status.textContent === "Saved.") this.studio.say(""); }, 2000);
    } catch (error) {
      this.studio.refuse(error);
    }
  }

  /** The file was changed by somebody else. */
  takeOutside(message) {
    const theirs = message.text ?? null;
    if (theirs === null) return this.studio.notices.show("outside", `The file ${this.studio.name} is gone.`, [
      ["Write it again", () => { this.see(message, null); this.save(); }], ["Leave it", () => this.studio.notices.hide("outside")],
    ]);
    if (!this.studio.isEditor) {
      this.studio.saved = theirs;
      return this.studio.update();
    }
    if (theirs === this.studio.editor.text || !this.studio.isUnsaved) {
      const before = this.studio.editor.text;
      this.see(message, theirs);
      this.studio.change(theirs, "changed outside");
      if (theirs !== before) {
        this.studio.notices.show("outside", `${this.studio.name} was changed by another program and is taken over.`, [["Undo", () => { this.studio.undo(); this.studio.notices.hide("outside"); }], ["Fine", () => this.studio.notices.hide("outside")]]);
      }
      return;
    }
    this.studio.notices.show("outside", `${this.studio.name} was changed by another program, and here, too.`, [
      ["Show the difference", () => this.compareOutside(message, theirs)],
      ["Take theirs", () => this.takeTheirs(message, theirs)],
      ["Keep mine", () => { this.see(message, theirs); }],
    ]);
  }

  takeTheirs(message, theirs) {
    this.see(message, theirs);
    this.studio.change(theirs, "changed outside");
  }

  see(message, theirs) {
    this.studio.connection.send({ type: "seen", sha256: message.sha256 });
    this.studio.saved = theirs;
    this.studio.notices.hide("outside");
    this.studio.update();
  }

  async compareOutside(message, theirs) {
    const answer = await this.studio.notices.difference("From theirs to mine", theirs, this.studio.editor.text, [["", "Later"], ["theirs", "Take theirs"], ["mine", "Keep mine"]]);
    if (answer === "theirs") this.takeTheirs(message, theirs);
    else if (answer === "mine") this.see(message, theirs);
  }

  offerRecovery() {
    const restore = () => {
      const text = this.studio.recovery;
      this.endRecovery();
      this.studio.change(text, "restored");
    };
    const discard = () => {
      this.endRecovery();
      this.studio.connection.send({ type: "discardRecovery" });
    };
    this.studio.notices.show("recovery", `${this.studio.name} was not saved the last time.`, [
      ["Show the difference", async () => {
        const answer = await this.studio.notices.difference("From the file to what was not saved", this.studio.editor.text, this.studio.recovery, [["", "Later"], ["discard", "Discard"], ["restore", "Restore"]]);
        if (answer === "restore") restore();
        else if (answer === "discard") discard();
      }], ["Discard", discard], ["Restore", restore],
    ]);
  }

  endRecovery() {
    this.studio.recovery = null;
    this.studio.notices.hide("recovery");
    this.studio.takeRole(this.studio.isEditor);
  }

  async export(what) {
    get("#export").open = false;
    if (what === "script") return download(this.studio.name, new Blob([this.studio.editor.text], { type: "text/plain" }));
    this.studio.say("Exporting…");
    try {
      const file = await this.studio.connection.ask({ type: "export", text: this.studio.editor.text, what });
      download(file.name, new Blob([file.bytes], { type: file.mime }));
      this.studio.say("");
    } catch (error) {
      this.studio.refuse(error);
    }
  }

  listenToDrops() {
    const image = (items) => [...(items ?? [])].find((item) => item.type.startsWith("image/"));
    addEventListener("dragover", (event) => {
      event.preventDefault();
      this.studio.stage.classList.add("dropping");
    });
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) this.studio.stage.classList.remove("dropping"); });
    addEventListener("drop", (event) => {
      event.preventDefault();
      this.studio.stage.classList.remove("dropping");
      const [file] = event.dataTransfer?.files ?? [];
      if (file) this.takePhoto(file);
    });
    addEventListener("paste", (event) => {
      const file = image(event.clipboardData?.files);
      if (!file) return;
      event.preventDefault();
      this.takePhoto(file);
    });
  }
}

function download(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
