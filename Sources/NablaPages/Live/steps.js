// The five steps of backpropagation for one picture and its label, and the step of learning that follows from them.

import { byId, bytes, color, column, drawGrey, drawSigned, equation, equationLine, grouped, make, mixed, percent, sharp, short, signedBytes, pictureShape } from "/tools.js";

const facts = (...parts) => make("p", { class: "facts" }, ...parts);
const strong = (text) => make("strong", {}, text);

/** A vector as a strip of cells: δ of a layer, blue where its neuron should be quieter, red where it should be louder. */
function strip(values, caption) {
  const canvas = make("canvas", { role: "img", "aria-label": caption });
  const width = Math.min(560, Math.max(220, document.body.clientWidth - 64));
  const columns = Math.min(values.length, Math.floor(width / 9));
  const size = Math.min(20, Math.floor(width / columns));
  const rows = Math.ceil(values.length / columns);
  const context = sharp(canvas, columns * size, rows * size);
  const largest = Math.max(1e-30, ...values.map(Math.abs));
  values.forEach((value, j) => {
    const quiet = mixed(color("paper"), color("ink"), 0.05);
    context.fillStyle = mixed(quiet, color(value > 0 ? "down" : "up"), Math.abs(value) / largest);
    context.fillRect((j % columns) * size, Math.floor(j / columns) * size, size - 1, size - 1);
  });
  return make("div", { class: "strip" }, make("p", {}, caption), canvas);
}

/** A number to the left or to the right of zero, as a bar. */
function lying(value, largest, className) {
  const bar = make("b", { class: className });
  const share = (50 * Math.abs(value)) / largest;
  bar.style.setProperty("--share", `${share}%`);
  bar.style.setProperty("--from", value < 0 ? `${50 - share}%` : "50%");
  return make("span", { class: "both" }, bar);
}

function table(head, rows, saidRow = -1) {
  const cells = (name, values) => values.map((value) => make(name, value?.nodeType && name === "td" ? { class: "wide" } : {}, value ?? ""));
  return make("div", { class: "scroll" }, make("table", {},
    make("thead", {}, make("tr", {}, ...cells("th", head))),
    make("tbody", {}, ...rows.map((row, i) => make("tr", i === saidRow ? { class: "said" } : {}, ...cells("td", row))))));
}

const indexed = (letter, upper, tail = "") => {
  const node = make("span", {}, letter, make("sup", {}, upper), tail);
  return node;
};

/** Where the vector is largest without its sign. */
const strongest = (values) => values.reduce((best, value, j) => (Math.abs(value) > Math.abs(values[best]) ? j : best), 0);

export function showSteps(model, answer) {
  const { explanation } = answer;
  const last = model.layers.length - 1;
  stepOne(model, answer);
  stepTwo(model, answer);
  stepThree(model, answer, last);
  stepFour(model, explanation, last);
  stepFive(model, explanation);
  byId("rule").replaceChildren(...equation("w^l → w^l - η ∂C/∂w^l,  b^l → b^l - η ∂C/∂b^l   (20, 21; one picture: m = 1)"));
}

function stepOne(model, answer) {
  const thumb = make("canvas", { class: "thumb", role: "img", "aria-label": "The input" });
  drawGrey(thumb, bytes(answer.picture), ...pictureShape(model.layers[0].inputs));
  byId("step-1").replaceChildren(make("div", { class: "side" }, thumb, make("div", {},
    equationLine("a^1 = x"),
    facts(`${grouped(model.layers[0].inputs)} grey values from 0 to 1, `, strong(String(answer.lit)), " of them not 0; mean ",
      short(answer.input.mean)),
    facts(`y has ${model.names.length} numbers: 1 for the label `, strong(model.names[answer.explanation.label]), ", else 0"))));
}

function stepTwo(model, answer) {
  const rows = model.layers.map((shape, i) => {
    const { z, a } = answer.layers[i];
    const range = (values) => `${short(Math.min(...values))} … ${short(Math.max(...values))}`;
    return [`l = ${i + 2}`, `[${shape.outputs}, ${shape.inputs}]`, range(z), range(a)];
  });
  const formulas = [...new Set(model.layers.map((shape) => shape.formula))].map(equationLine);
  byId("step-2").replaceChildren(equationLine("z^l = w^l a^(l-1) + b^l,  a^l = f(z^l)   (25)"), ...formulas,
    table(["", "w", "z", "a"], rows));
}

function stepThree(model, answer, last) {
  const { explanation } = answer;
  const { delta } = explanation.layers[last];
  const output = answer.layers[last].a;
  const largest = Math.max(1e-30, ...delta.map(Math.abs));
  // Many classes: those that matter most.
  let shown = delta.map((_, j) => j);
  if (shown.length > 12) shown = shown.sort((i, j) => Math.abs(delta[j]) - Math.abs(delta[i])).slice(0, 12);
  const [outputs, errors] = [column(output), column(delta)];
  const rows = shown.map((j) => [model.names[j], outputs(output[j]), j === explanation.label ? "1" : "0", errors(delta[j]),
    lying(delta[j], largest, delta[j] > 0 ? "down" : "up")]);
  const right = answer.reads === explanation.label;
  byId("step-3").replaceChildren(equationLine(explanation.cost_formula), equationLine(explanation.error_formula),
    facts("C = ", strong(short(explanation.cost)), right ? "; it reads the label. " : `; it reads ${model.names[answer.reads]}. `,
      "Where δ is below 0 the output should grow, where it is above 0 it should shrink."),
    table(["", "a", "y", "δ", ""], rows, shown.indexOf(explanation.label)));
}

function stepFour(model, explanation, last) {
  const parts = [equationLine("δ^l = ((w^(l+1))ᵀ δ^(l+1)) ⊙ f′(z^l)   (BP2)")];
  if (last === 0) parts.push(facts("There is no hidden layer: the output error is all."));
  for (let i = last - 1; i >= 0; i--) {
    const layer = explanation.layers[i];
    const j = strongest(layer.delta);
    parts.push(equationLine(model.layers[i].slope),
      facts(`Each of the ${model.layers[i].outputs} neurons is told by its weights how much it added to the error; most: neuron `,
        strong(String(j)), `, δ = ${short(layer.delta[j])}.`),
      strip(layer.delta, `δ of layer ${i + 2}, norm ${short(layer.delta_norm)}`));
  }
  byId("step-4").replaceChildren(...parts);
}

function stepFive(model, explanation) {
  const rows = explanation.layers.map((layer, i) => [`l = ${i + 2}`, short(layer.weights_norm), short(layer.biases_norm),
    short(layer.own_norm)]);
  const { largest } = explanation.layers[0];
  const gradient = make("canvas", { class: "gradient", role: "img", "aria-label": `Gradient of neuron ${explanation.neuron}` });
  drawSigned(gradient, signedBytes(explanation.gradient.bytes).map((value) => -value), ...pictureShape(model.layers[0].inputs));
  const parts = [
    equationLine("∂C/∂b^l_j = δ^l_j   (BP3),  ∂C/∂w^l_jk = a^(l-1)_k δ^l_j   (BP4)".replace("   (BP3),", " (BP3),")),
    table(["norm of", indexed("∂C/∂w", "l"), indexed("∂C/∂b", "l"), indexed("w", "l", " itself")], rows),
    make("div", { class: "side strip" }, gradient, make("div", {},
      facts(`What a step adds to the weights of neuron `, strong(String(explanation.neuron)),
        " of layer 2: the picture times its −δ."),
      facts(`The largest, k = ${largest.k}: ${short(largest.a)} × ${short(largest.delta)} = ${short(largest.value)}`))),
    explanation.update.length && model.tells_rule
      ? make("details", {}, make("summary", { class: "facts" }, "How this model was trained"), ...explanation.update.filter(Boolean).map(equationLine))
      : "",
  ];
  byId("step-5").replaceChildren(...parts);
}

/** What the last step did, or the steps so far. */
export function showEffect(model, before, answer, what) {
  const { lesson, explanation } = answer;
  byId("undo").disabled = !lesson.can_undo;
  byId("reset").disabled = lesson.steps === 0;
  const parts = [];
  if (before?.explanation && what === "step") {
    const shown = ["sigmoid", "softmax"].includes(model.layers[model.layers.length - 1].activation) ? percent : short;
    const share = (found) => found.layers[found.layers.length - 1].a[explanation.label];
    parts.push("Cost ", strong(`${short(before.explanation.cost)} → ${short(explanation.cost)}`),
      `, output for ${model.names[explanation.label]} `, strong(`${shown(share(before))} → ${shown(share(answer))}`), ". ");
  }
  if (lesson.check && lesson.steps > 0) {
    const { of, original, now } = lesson.check;
    parts.push(`Of ${grouped(of)} other drawn digits it read `, strong(grouped(original)), " before, ", strong(grouped(now)), " now. ");
  }
  if (lesson.steps > 0) {
    parts.push(`${lesson.steps} ${lesson.steps === 1 ? "step" : "steps"} taken; the model's file is as it was.`);
  } else {
    parts.push(what === "step" ? "" : "The network is as it was saved.");
  }
  byId("effect").replaceChildren(...parts);
}

