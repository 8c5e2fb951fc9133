// The sheet to write on: strokes by pointer, finger or keyboard, in units of the sheet's side.

import { byId, color } from "/tools.js";

const penWidth = 0.07;

export class Sheet {
  /** `changed` is called after every change, `began` when a person starts to write. */
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    this.strokes = [];
    /** A picture that somebody else drew, shown instead of strokes. */
    this.picture = null;
    this.pointer = null;
    this.pen = { x: 0.5, y: 0.3, down: false, shown: false };
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, (event) => {
        if (event.pointerId === this.pointer) this.pointer = null;
      });
    }
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => {
      this.pen.shown = this.pen.down = false;
      this.paint();
    });
    new ResizeObserver(() => this.paint()).observe(canvas);
  }

  get isEmpty() {
    return this.strokes.length === 0 && !this.picture;
  }

  clear() {
    this.strokes = [];
    this.picture = null;
    this.pen.down = false;
    this.paint();
    this.changed();
  }

  /** Shows a picture of 28 x 28 bytes. */
  show(pixels) {
    this.strokes = [];
    this.picture = pixels;
    this.paint();
    this.changed();
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  down(event) {
    if (event.button !== 0 || this.pointer !== null) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.pen.shown = false;
    this.begin(this.point(event));
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length ? parts : [event]) this.extend(this.point(part));
    this.paint();
    this.changed();
  }

  begin(point) {
    this.picture = null;
    this.strokes.push([point.map(rounded)]);
    this.paint();
    this.changed();
  }

  /** Adds a point that is far enough from the last one. */
  extend([x, y]) {
    const stroke = this.strokes[this.strokes.length - 1];
    const [lastX, lastY] = stroke[stroke.length - 1];
    const inside = (value) => Math.min(1.2, Math.max(-0.2, value));
    if (Math.hypot(x - lastX, y - lastY) >= 0.004) stroke.push([rounded(inside(x)), rounded(inside(y))]);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = (event.shiftKey ? 4 : 1) / 28;
    const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.key in ways) {
      const [dx, dy] = ways[event.key];
      this.pen.x = Math.min(0.96, Math.max(0.04, this.pen.x + dx));
      this.pen.y = Math.min(0.96, Math.max(0.04, this.pen.y + dy));
      if (this.pen.down) this.extend([this.pen.x, this.pen.y]);
    } else if (event.key === " ") {
      this.pen.down = !this.pen.down;
      if (this.pen.down) this.begin([this.pen.x, this.pen.y]);
    } else if (event.key === "Backspace" || event.key === "Delete") {
      this.clear();
    } else {
      return;
    }
    event.preventDefault();
    this.pen.shown = true;
    this.paint();
    if (this.pen.down) this.changed();
  }

  paint() {
    const side = this.canvas.clientWidth;
    if (!side) return;
    const scale = window.devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(side * scale)) {
      this.canvas.width = this.canvas.height = Math.round(side * scale);
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(scale * side, 0, 0, scale * side, 0, 0);
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = context.strokeStyle = color("ink");
    if (this.picture) this.paintPicture(context);
    context.lineWidth = penWidth;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.strokes) {
      context.beginPath();
      context.moveTo(...stroke[0]);
      for (const point of stroke.length > 1 ? stroke.slice(1) : stroke) context.lineTo(...point);
      context.stroke();
    }
    if (this.pen.shown) {
      context.lineWidth = 0.008;
      context.strokeStyle = color(this.pen.down ? "up" : "soft");
      context.beginPath();
      context.arc(this.pen.x, this.pen.y, penWidth * 0.7, 0, 2 * Math.PI);
      context.stroke();
    }
    byId("clear").disabled = this.isEmpty;
  }

  paintPicture(context) {
    const small = document.createElement("canvas");
    small.width = small.height = 28;
    const image = small.getContext("2d").createImageData(28, 28);
    const [r, g, b] = color("ink").match(/\w\w/g).map((part) => parseInt(part, 16));
    this.picture.forEach((value, i) => image.data.set([r, g, b, value], 4 * i));
    small.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingQuality = "high";
    context.drawImage(small, 0, 0, 1, 1);
  }
}

const rounded = (value) => Math.round(value * 1e4) / 1e4;
