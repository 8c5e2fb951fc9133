// The page: asks which model there is, and passes what is written to the network and its answers to the parts that show
// them. Nothing is computed here.

import { Bars, ask, byId, bytes, drawGrey, grouped, make, percent, short, tell, trouble } from "/tools.js";
import { Layers } from "/layers.js";
import { Run } from "/run.js";
import { Sheet } from "/sheet.js";
import { TableForm } from "/table.js";
import { showEffect, showSteps } from "/steps.js";

const rates = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];

class Page {
  constructor(model) {
    this.model = model;
    this.label = null;
    this.isShare = ["sigmoid", "softmax"].includes(model.layers[model.layers.length - 1].activation);
    for (const id of ["write", "layers", "steps"]) byId(id).hidden = false;
    this.bars = new Bars(byId("bars"), model.names);
    this.layers = new Layers(model);
    this.makeLabels();
    this.makeRates();
    this.sheet = new Sheet(byId("sheet"), () => this.written());
    byId("clear").addEventListener("click", () => this.sheet.clear());
    byId("draw").addEventListener("click", () => this.draw());
    byId("step").addEventListener("click", () => this.learn("step"));
    byId("undo").addEventListener("click", () => this.learn("undo"));
    byId("reset").addEventListener("click", () => this.learn("reset"));
    document.addEventListener("keydown", (event) => this.key(event));
    // Canvases have no style sheet: they are painted again in the other colours.
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.repaint());
    let width = innerWidth;
    addEventListener("resize", () => {
      if (innerWidth !== width) this.repaint();
      width = innerWidth;
    });
    this.clear();
  }

  repaint() {
    this.sheet.paint();
    if (this.answer) this.show(this.answer, ...this.told);
  }

  makeLabels() {
    const buttons = this.model.names.map((name, j) => {
      const button = make("button", { type: "button", role: "radio", "aria-checked": "false" }, name);
      button.addEventListener("click", () => this.say(j));
      return button;
    });
    byId("labels").replaceChildren(...buttons);
    byId("label-prompt").textContent = this.model.names.length === 10 ? "Say which digit it is:" : "Say what it is:";
  }

  makeRates() {
    const usual = rates.reduce((best, rate) =>
      Math.abs(Math.log(rate / this.model.rate)) < Math.abs(Math.log(best / this.model.rate)) ? rate : best);
    byId("rate").replaceChildren(...rates.map((rate) =>
      make("option", rate === usual ? { selected: "", value: rate } : { value: rate }, String(rate))));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select")) return;
    const j = this.model.names.indexOf(event.key);
    if (j >= 0) this.say(j);
  }

  /** Something on the sheet has changed: what was said of it is no longer said. */
  written() {
    if (this.sheet.isEmpty) this.label = null;
    else if (!this.sheet.picture && this.knownLabel) this.label = null;
    if (!this.sheet.picture) this.knownLabel = false;
    if (this.sheet.isEmpty) this.clear();
    else this.look();
  }

  async draw() {
    const found = await this.tried(() => ask(`/api/digit?number=${Math.floor(Math.random() * 1e6)}`));
    if (!found) return;
    this.label = found.label;
    this.knownLabel = true;
    this.base64 = found.pixels;
    this.sheet.show(bytes(found.pixels));
  }

  say(j) {
    if (this.sheet.isEmpty) return;
    this.label = j;
    this.look();
  }

  get drawing() {
    const picture = this.sheet.picture ? { pixels: this.base64 } : { strokes: this.sheet.strokes };
    return { ...picture, label: this.label };
  }

  /** Asks for an answer; while one is under way only the latest question waits. */
  async look() {
    this.waits = true;
    if (this.isAsking) return;
    this.isAsking = true;
    while (this.waits) {
      this.waits = false;
      const answer = await this.tried(() => tell("/api/look", this.drawing));
      if (answer && !this.sheet.isEmpty) this.show(answer);
    }
    this.isAsking = false;
  }

  async learn(what) {
    if (this.sheet.isEmpty && what !== "reset") return;
    const before = this.answer;
    const answer = await this.tried(() => tell(`/api/${what}`, { ...this.drawing, rate: Number(byId("rate").value) }));
    if (!answer) return;
    this.layers.forget();
    this.show(answer, what, before);
  }

  /** Runs a request; what goes wrong is said on the page, and nil comes back. */
  async tried(request) {
    try {
      const answer = await request();
      trouble("");
      return answer;
    } catch (error) {
      trouble(error.status ? error.message : "The server does not answer: has it been ended? Start it again and reload this page.");
      return null;
    }
  }

  show(answer, what = "look", before = null) {
    this.answer = answer;
    this.told = [what, before];
    const output = answer.layers[answer.layers.length - 1].a;
    drawGrey(byId("seen"), bytes(answer.picture), 28, 28);
    byId("reads").textContent = this.model.names[answer.reads];
    byId("sure").textContent = this.isShare ? `${percent(output[answer.reads])} confident` : `output ${short(output[answer.reads])}`;
    this.bars.show(output, answer.reads, this.isShare);
    this.layers.show(answer.layers);
    [...byId("labels").children].forEach((button, j) => button.setAttribute("aria-checked", String(j === this.label)));
    byId("lesson").hidden = !answer.explanation;
    if (answer.explanation) {
      showSteps(this.model, answer);
      showEffect(this.model, before, answer, what);
    }
  }

  clear() {
    this.answer = null;
    this.label = null;
    drawGrey(byId("seen"), new Uint8Array(784), 28, 28);
    byId("reads").textContent = "–";
    byId("sure").textContent = "nothing yet";
    this.bars.clear();
    this.layers.show(null);
    byId("lesson").hidden = true;
    for (const button of byId("labels").children) button.setAttribute("aria-checked", "false");
  }

  /** A run has trained another epoch. */
  renewed() {
    this.layers.forget();
    if (!this.sheet.isEmpty) this.look();
  }
}

let page = null;

function begin(model) {
  byId("model").textContent =
    `${model.name} · ${model.topology} · ${grouped(model.parameters)} parameters · ${model.cost} cost`;
  document.title = `${model.name} – Nabla`;
  if (model.is_table) {
    new TableForm(model);
  } else if (model.reads_drawings) {
    page = new Page(model);
    page.draw();
  } else {
    trouble("This network reads pictures of another size than 28 × 28: the sheet is for those alone. POST /predict takes its pictures.");
  }
}

async function start() {
  try {
    const state = await ask("/api/state");
    if (state.run) {
      byId("model").textContent = "The first epoch is under way …";
      new Run(async () => {
        if (page) return page.renewed();
        const { model } = await ask("/api/state");
        if (model && !document.title.startsWith(model.name)) begin(model);
      });
    } else {
      begin(state.model);
    }
  } catch (error) {
    trouble(error.message);
  }
}

start();
