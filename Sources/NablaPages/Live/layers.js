// Layers as grids of cells, and the weights of the neuron under the pointer.

import { ask, byId, color, drawSigned, make, mixed, pictureShape, sharp, short, signedBytes, equationLine } from "/tools.js";

/** A layer: its activations as cells. */
class Layer {
  constructor(number, shape, names, chosen) {
    this.number = number;
    this.shape = shape;
    this.names = names;
    this.chosen = chosen;
    this.values = null;
    this.at = null;
    const l = number + 2;
    this.canvas = make("canvas", { class: "cells", tabindex: 0, role: "img", "aria-label": `Layer ${l}: ${shape.outputs} neurons` });
    this.element = make("div", { class: "layer" },
      make("h3", {}, "a", make("sup", {}, String(l)),
        make("small", {}, `${shape.outputs} neurons, ${shape.activation}`)), this.canvas);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("focus", () => this.choose(this.at ?? 0));
  }

  layout() {
    const width = Math.max(200, this.element.clientWidth);
    const count = this.shape.outputs;
    const size = count <= 64 ? (width < 500 ? 34 : 46) : count <= 256 ? 22 : count <= 1024 ? 13 : 8;
    this.columns = Math.max(1, Math.min(count, Math.floor(width / size)));
    // Rows of one length where the number of neurons has them: 48 are three rows of 16.
    const even = [...Array(Math.ceil(this.columns / 2)).keys()].map((less) => this.columns - less).find((n) => count % n === 0);
    if (this.columns < count && even) this.columns = even;
    this.size = Math.min(size, width / this.columns);
    this.rows = Math.ceil(count / this.columns);
  }

  paint() {
    this.layout();
    const context = sharp(this.canvas, this.columns * this.size, this.rows * this.size);
    const [paper, ink, up] = [color("card"), color("ink"), color("up")];
    const largest = Math.max(1e-9, ...(this.values ?? [0]).map(Math.abs));
    const full = this.shape.activation === "sigmoid" || this.shape.activation === "softmax" ? 1 : largest;
    const gap = this.size > 12 ? 3 : 1;
    for (let j = 0; j < this.shape.outputs; j++) {
      const [x, y] = [(j % this.columns) * this.size, Math.floor(j / this.columns) * this.size];
      const value = this.values?.[j] ?? 0;
      const share = Math.min(1, Math.abs(value) / full);
      context.fillStyle = mixed(mixed(paper, ink, 0.06), value < 0 ? color("down") : ink, share);
      context.beginPath();
      context.roundRect(x + gap / 2, y + gap / 2, this.size - gap, this.size - gap, this.size > 12 ? 5 : 1);
      context.fill();
      if (j === this.at) {
        context.strokeStyle = up;
        context.lineWidth = 2.5;
        context.stroke();
      }
      if (this.names && this.size >= 30 && this.names[j].length <= 4) {
        context.fillStyle = share > 0.5 ? paper : color("soft");
        context.font = "600 14px system-ui, sans-serif";
        context.textAlign = "center";
        context.textBaseline = "middle";
        context.fillText(this.names[j], x + this.size / 2, y + this.size / 2 + 1);
      }
    }
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / (box.width / this.columns));
    const row = Math.floor((event.clientY - box.top) / (box.height / this.rows));
    const j = row * this.columns + column;
    if (column >= 0 && column < this.columns && j >= 0 && j < this.shape.outputs) this.choose(j);
  }

  key(event) {
    const ways = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns };
    if (!(event.key in ways)) return;
    event.preventDefault();
    const j = (this.at ?? 0) + ways[event.key];
    if (j >= 0 && j < this.shape.outputs) this.choose(j);
  }

  choose(j) {
    if (j === this.at) return;
    this.at = j;
    this.chosen(this, j);
  }
}

export class Layers {
  constructor(model) {
    this.shapes = model.layers;
    this.weights = new Map();
    this.list = model.layers.map((shape, index) => {
      const isLast = index === model.layers.length - 1;
      return new Layer(index, shape, isLast ? model.names : null, (layer, j) => this.choose(layer, j));
    });
    byId("layer-list").replaceChildren(...this.list.map((layer) => layer.element));
    this.chosen = null;
    new ResizeObserver(() => this.paint()).observe(byId("layer-list"));
  }

  show(layers) {
    this.answer = layers;
    this.list.forEach((layer, index) => (layer.values = layers ? layers[index].a : null));
    // One is shown from the beginning, so that the place beside the layers tells what it is for.
    if (layers && !this.chosen) {
      const { a } = layers[0];
      this.list[0].choose(a.reduce((best, value, j) => (value > a[best] ? j : best), 0));
      return;
    }
    this.paint();
    this.describe();
  }

  paint() {
    for (const layer of this.list) layer.paint();
  }

  /** The network has changed: what is known of its weights is old. */
  forget() {
    this.weights.clear();
    if (this.chosen) this.load();
  }

  choose(layer, j) {
    for (const other of this.list) if (other !== layer) other.at = null;
    this.chosen = { layer, j };
    this.paint();
    this.load();
  }

  async load() {
    const { layer, j } = this.chosen;
    const key = `${layer.number}/${j}`;
    if (!this.weights.has(key)) {
      const found = await ask(`/api/weights?layer=${layer.number}&first=${j}&count=1`);
      this.weights.set(key, { scale: found.rows.scales[0], values: signedBytes(found.rows.bytes), bias: found.biases[0] });
    }
    this.describe();
  }

  describe() {
    if (!this.chosen) return;
    const { layer, j } = this.chosen;
    const weights = this.weights.get(`${layer.number}/${j}`);
    if (!weights) return;
    const l = layer.number + 2;
    const canvas = make("canvas", { role: "img", "aria-label": `Weights of neuron ${j} of layer ${l}` });
    if (layer.number === 0) {
      drawSigned(canvas, weights.values, ...pictureShape(weights.values.length));
    } else {
      this.drawRow(canvas, weights.values);
    }
    const facts = [`b = ${short(weights.bias)}`];
    const answer = this.answer?.[layer.number];
    if (answer) facts.push(`z = ${short(answer.z[j])}`, `a = ${short(answer.a[j])}`);
    const name = layer.names && layer.names[j] !== String(j) ? ` (${layer.names[j]})` : "";
    byId("neuron").replaceChildren(
      make("h3", {}, `Neuron ${j}${name}, layer ${l}`), canvas,
      make("p", {}, layer.number === 0 ? "Ink here " : "A strong neuron here ", make("span", { class: "key up" }), "excites it, ",
        make("span", { class: "key down" }), "inhibits it."),
      make("p", {}, `${facts.join(", ")}; weights up to ±${short(weights.scale)}`),
      equationLine(layer.shape.formula));
  }

  /** Weights of a later layer: a cell for each neuron before it, laid out as that layer is. */
  drawRow(canvas, values) {
    const columns = Math.min(values.length, this.list[this.chosen.layer.number - 1].columns || 16);
    const rows = Math.ceil(values.length / columns);
    const size = 252 / columns;
    const context = sharp(canvas, 252, rows * size);
    values.forEach((value, k) => {
      context.fillStyle = mixed(color("card"), color(value > 0 ? "up" : "down"), Math.abs(value) / 127);
      context.fillRect((k % columns) * size + 0.5, Math.floor(k / columns) * size + 0.5, size - 1, size - 1);
    });
  }
}
