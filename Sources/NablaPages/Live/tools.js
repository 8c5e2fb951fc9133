// Small things that every part of the page uses: elements, numbers, equations, pictures, requests.

export const byId = (id) => document.getElementById(id);

/** Makes an element: make("p", {class: "note"}, "text", child, ...). */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Three significant digits, a power of ten where zeros would hide them. */
export function short(value) {
  if (value === null || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) {
    const [digits, power] = value.toExponential(1).split("e");
    const marks = { "-": "⁻", "+": "", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
    return `${digits.replace("-", "−")} · 10${[...power].map((c) => marks[c]).join("")}`;
  }
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

export const percent = (share) => `${(100 * share).toFixed(share > 0.995 && share < 1 ? 2 : 1)}%`;
export const grouped = (count) => count.toLocaleString("en-US");

/** Four decimals, so that a column of numbers is read at a glance; three digits where all of them are small. */
export function column(values) {
  const largest = Math.max(...values.map(Math.abs));
  return largest >= 0.001 && largest < 1000 ? (value) => value.toFixed(4).replace("-", "−") : short;
}

/** Nodes for an equation as the terminal writes it: "w^(l+1)_jk" gets its index and its power. */
export function equation(text) {
  const nodes = [];
  const [body, tag] = splitTag(text);
  let rest = body.replace(/ - /g, " − ").replace(/(^|[=(\s])-(?=[^\s>])/g, "$1−");
  while (rest) {
    const at = rest.search(/[\^_]/);
    if (at < 0) break;
    nodes.push(rest.slice(0, at));
    const name = rest[at] === "^" ? "sup" : "sub";
    const [inside, after] = script(rest.slice(at + 1));
    nodes.push(inside ? make(name, {}, ...equation(inside)) : rest[at]);
    rest = after;
  }
  nodes.push(rest);
  if (tag) nodes.push(make("span", { class: "tag" }, tag));
  return nodes;
}

/** The equation's number in the book stands at the end, after three spaces. */
function splitTag(text) {
  const found = text.match(/^(.*?)\s{3}(\(.*)$/s);
  return found ? [found[1], found[2]] : [text, ""];
}

/** What a "^" or "_" lifts or lowers, and what follows: a group in brackets, or one word. */
function script(text) {
  if (text[0] === "(") {
    let depth = 0;
    for (let i = 0; i < text.length; i++) {
      if (text[i] === "(") depth++;
      if (text[i] === ")" && --depth === 0) return [text.slice(1, i), text.slice(i + 1)];
    }
  }
  const word = text.match(/^[-−]?[A-Za-z0-9]+/);
  return word ? [word[0], text.slice(word[0].length)] : ["", text];
}

export const equationLine = (text) => make("p", { class: "equation" }, ...equation(text));

export function bytes(base64) {
  const text = atob(base64);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export const signedBytes = (base64) => new Int8Array(bytes(base64).buffer);

/** Channels of a colour written in any way. */
const channels = new Map();
function rgb(css) {
  if (!channels.has(css)) {
    const context = make("canvas", { width: 1, height: 1 }).getContext("2d");
    context.fillStyle = css;
    context.fillRect(0, 0, 1, 1);
    channels.set(css, context.getImageData(0, 0, 1, 1).data);
  }
  return channels.get(css);
}

/** Mixes two colours: share 0 is the first, 1 the second. */
export function mixed(first, second, share) {
  const [a, b] = [rgb(first), rgb(second)];
  return `rgb(${[0, 1, 2].map((i) => Math.round(a[i] + (b[i] - a[i]) * share)).join(" ")})`;
}

/** Draws grey bytes, white on black as the network has them. */
export function drawGrey(canvas, pixels, rows, columns) {
  [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  pixels.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
  context.putImageData(image, 0, 0);
}

/** Draws numbers of both signs, -1 ... 1: up in one colour, down in the other, 0 as paper. */
export function drawSigned(canvas, values, rows, columns) {
  [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d");
  putSigned(context, values, rows, columns, 0, 0);
}

export function putSigned(context, values, rows, columns, x, y) {
  const image = context.createImageData(columns, rows);
  const [paper, up, down] = ["card", "up", "down"].map((name) => rgb(color(name)));
  for (let i = 0; i < rows * columns; i++) {
    const share = Math.min(1, Math.abs(values[i]) / 127);
    const ink = values[i] > 0 ? up : down;
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = paper[c] + (ink[c] - paper[c]) * share;
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, x, y);
}

/** Makes a canvas sharp on the screen it is on; returns its context in CSS pixels. */
export function sharp(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  canvas.style.setProperty("width", `${width}px`);
  canvas.style.setProperty("height", `${height}px`);
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  return context;
}

/** Rows and columns of a picture of so many inputs; a single row where they are no square. */
export function pictureShape(inputs) {
  const side = Math.round(Math.sqrt(inputs));
  return side * side === inputs ? [side, side] : [1, inputs];
}

/** Says on the page what went wrong; an empty text takes it away. */
export function trouble(text) {
  byId("trouble").textContent = text;
  byId("trouble").hidden = !text;
}

async function answer(response) {
  const json = await response.json();
  if (!response.ok) throw Object.assign(new Error(json.error), { status: response.status });
  return json;
}

export const ask = async (path) => answer(await fetch(path));

export const tell = async (path, body) =>
  answer(await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));

/** A row of ten bars, or as many as there are classes. */
export class Bars {
  constructor(list, names) {
    list.classList.toggle("word-bars", names.some((name) => name.length > 2));
    this.rows = names.map((name) => {
      const [fill, number] = [make("b"), make("em")];
      const row = make("li", { class: "bar" }, make("span", {}, name), make("i", {}, fill), number);
      return { row, fill, number };
    });
    list.replaceChildren(...this.rows.map(({ row }) => row));
  }

  /** Values of sigmoid and softmax are shares; others are drawn from 0 to the largest. */
  show(values, best, areShares) {
    const largest = areShares ? 1 : Math.max(1e-9, ...values.map(Math.abs));
    this.rows.forEach(({ row, fill, number }, i) => {
      row.classList.toggle("best", i === best);
      fill.style.setProperty("--share", `${Math.max(0, Math.min(100, (100 * values[i]) / largest))}%`);
      number.textContent = areShares ? percent(values[i]) : short(values[i]);
    });
  }

  clear() {
    for (const { row, fill, number } of this.rows) {
      row.classList.remove("best");
      fill.style.setProperty("--share", "0%");
      number.textContent = "";
    }
  }
}
