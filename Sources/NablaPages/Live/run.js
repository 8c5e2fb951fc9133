// A training run, live: curves, the first layer's weights as they form, errors so far.

import { ask, byId, bytes, drawGrey, grouped, make, percent, pictureShape, putSigned, short, signedBytes } from "/tools.js";

const svg = (name, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

/** Round numbers between two values, about four. */
function ticks(low, high) {
  const raw = (high - low) / 4 || 1;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * unit).find((size) => size >= raw);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step / 1e6; value += step) found.push(value);
  return found;
}

/** A line chart over epochs; series: [{name, kind, points: [[epoch, value]]}]. */
function chart(place, series, epochs, format) {
  const [width, height, left, right, top, bottom] = [480, 220, 52, 76, 10, 24];
  const values = series.flatMap((one) => one.points.map(([, value]) => value)).filter(Number.isFinite);
  if (values.length === 0) return;
  let [low, high] = [Math.min(...values), Math.max(...values)];
  const air = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1;
  [low, high] = [low - air, high + air];
  const lastEpoch = Math.max(2, epochs);
  const x = (epoch) => left + ((width - left - right) * (epoch - 1)) / (lastEpoch - 1);
  const y = (value) => height - bottom - ((height - top - bottom) * (value - low)) / (high - low);
  const parts = ticks(low, high).flatMap((value) => [
    svg("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }),
    svg("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, format(value)),
  ]);
  for (const epoch of [1, ...ticks(1, lastEpoch).filter((value) => Number.isInteger(value) && value > 1)]) {
    parts.push(svg("text", { x: x(epoch), y: height - 6, "text-anchor": "middle" }, String(epoch)));
  }
  const names = [];
  for (const { name, kind, points } of series) {
    if (points.length === 0) continue;
    parts.push(svg("polyline", { class: `line ${kind}`, points: points.map(([e, v]) => `${x(e).toFixed(1)},${y(v).toFixed(1)}`).join(" ") }));
    const [epoch, value] = points[points.length - 1];
    parts.push(svg("circle", { class: `line ${kind}`, cx: x(epoch), cy: y(value), r: 2 }));
    names.push({ kind, name, x: x(epoch) + 8, y: y(value) + 4 });
  }
  // Two names at one height would hide each other.
  names.sort((a, b) => a.y - b.y);
  for (let i = 1; i < names.length; i++) names[i].y = Math.max(names[i].y, names[i - 1].y + 14);
  for (const one of names) parts.push(svg("text", { class: one.kind, x: one.x, y: one.y }, one.name));
  const label = series.map(({ name, points }) => (points.length ? `${name} ${format(points[points.length - 1][1])}` : "")).join(", ");
  place.replaceChildren(svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, ...parts));
}

export class Run {
  /** `changed` is called when another epoch's network is shown. */
  constructor(changed) {
    this.changed = changed;
    this.history = [];
    this.shownEpoch = null;
    this.best = null;
    byId("run").hidden = false;
    byId("run-title").textContent = "The run";
    this.follow();
  }

  async follow() {
    let pause = 700;
    try {
      const found = await ask(`/api/run?after=${this.history.length}`);
      this.history.push(...found.history);
      this.show(found);
      if (found.shown_epoch !== null && found.shown_epoch !== this.shownEpoch) {
        this.shownEpoch = found.shown_epoch;
        await this.changed();
        await Promise.all([this.mosaic(), this.errors()]);
      }
      if (found.end) pause = 5000;
      byId("run").dataset.lost = "";
    } catch {
      byId("run-state").textContent = "The run cannot be reached any more: its process has ended.";
      pause = 3000;
    }
    setTimeout(() => this.follow(), pause);
  }

  show(found) {
    const part = found.end ? 0 : found.samples / Math.max(1, found.of);
    const bar = byId("run-progress");
    bar.max = Math.max(1, found.epochs);
    bar.value = found.end ? bar.max : Math.min(found.epochs, found.done + (part < 1 ? part : 0));
    const last = this.history[this.history.length - 1];
    const words = [];
    const reasons = { finished: "Finished", stopped: "Stopped", patience: "Ended: nothing improved any more", halvings: "Ended: the rate was halved often enough" };
    words.push(found.end ? `${reasons[found.end] ?? "Ended"} after ${found.done} epochs` : `Epoch ${Math.min(found.done + 1, found.epochs)} of ${found.epochs}`);
    const measured = last?.test ?? last?.validation;
    if (measured?.accuracy != null) words.push(`${percent(measured.accuracy)} of the ${last.test ? "test" : "validation"} set read right`);
    if (measured?.rmse != null) words.push(`root mean squared error ${short(measured.rmse)}`);
    if (last) words.push(`${grouped(last.samples_per_second)} samples/s on ${found.threads} ${found.threads === 1 ? "thread" : "threads"}`);
    byId("run-state").textContent = words.join(" · ") + found.warnings.map((text) => `. ${text}`).join("");
    this.curves(found.epochs);
  }

  curves(epochs) {
    const points = (value) => this.history.map((one) => [one.epoch, value(one)]).filter(([, number]) => Number.isFinite(number));
    const shownEpochs = Math.min(epochs, Math.max(this.history.length * 1.25, 10));
    const upTo = Math.max(shownEpochs, this.history[this.history.length - 1]?.epoch ?? 1);
    chart(byId("cost-chart"), [
      { name: "training", kind: "training", points: points((one) => one.cost) },
      { name: this.history[0]?.validation ? "validation" : "test", kind: "measured", points: points((one) => (one.validation ?? one.test)?.cost ?? NaN) },
    ], upTo, short);
    const accuracies = points((one) => (one.validation ?? one.test)?.accuracy ?? NaN);
    byId("accuracy-figure").hidden = accuracies.length === 0;
    chart(byId("accuracy-chart"), [
      { name: this.history[0]?.validation ? "validation" : "test", kind: "measured", points: accuracies },
    ], upTo, (share) => `${Number((100 * share).toFixed(1))}%`);
  }

  async mosaic() {
    const found = await ask("/api/weights?layer=0&first=0&count=60");
    const [rows, columns] = pictureShape(found.inputs);
    if (rows === 1) return;
    const count = found.rows.scales.length;
    const across = Math.min(count, 10);
    const canvas = byId("mosaic");
    canvas.width = across * (columns + 2) - 2;
    canvas.height = Math.ceil(count / across) * (rows + 2) - 2;
    const values = signedBytes(found.rows.bytes);
    for (let j = 0; j < count; j++) {
      putSigned(canvas.getContext("2d"), values.subarray(j * found.inputs, (j + 1) * found.inputs), rows, columns,
        (j % across) * (columns + 2), Math.floor(j / across) * (rows + 2));
    }
  }

  async errors() {
    const found = await ask("/api/errors");
    byId("errors-figure").hidden = found.pictures.length === 0;
    if (found.pictures.length === 0) return;
    byId("errors-title").textContent =
      `${grouped(found.wrong)} errors in ${grouped(found.of)} test pictures after epoch ${found.epoch}: label → reading, the most confident first`;
    byId("errors").replaceChildren(...found.pictures.map((one) => {
      const canvas = make("canvas", { role: "img", "aria-label": `${one.label} read as ${one.reads}` });
      drawGrey(canvas, bytes(one.pixels), found.rows, found.columns);
      return make("li", {}, canvas, make("span", {}, `${one.label} → `, make("b", {}, String(one.reads))));
    }));
  }
}
