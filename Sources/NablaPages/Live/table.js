// A model of a table: a form with its columns, and what the network makes of them.

import { Bars, byId, make, percent, short, tell, trouble } from "/tools.js";

export class TableForm {
  constructor(model) {
    this.model = model;
    byId("form").hidden = false;
    byId("fields").replaceChildren(...model.columns.map((column) => make("label", {}, column.name, this.field(column))));
    byId("fields").addEventListener("input", () => this.ask());
    byId("fields").addEventListener("submit", (event) => event.preventDefault());
    this.bars = model.is_regression ? null : new Bars(byId("row-bars"), model.names);
    this.ask();
  }

  field(column) {
    if (!column.words) return make("input", { name: column.name, type: "number", step: "any", value: column.usual });
    const words = column.words.map((word) => make("option", word === column.usual ? { selected: "" } : {}, word));
    return make("select", { name: column.name }, ...words);
  }

  async ask() {
    const row = {};
    for (const column of this.model.columns) {
      const { value } = byId("fields").elements.namedItem(column.name);
      row[column.name] = column.words ? value : value === "" ? null : Number(value);
    }
    this.latest = row;
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      while (this.latest) {
        const next = this.latest;
        this.latest = null;
        this.show((await tell("/predict", { row: next })).predictions[0]);
      }
      trouble("");
    } catch (error) {
      trouble(error.message);
    }
    this.isAsking = false;
  }

  show(prediction) {
    if (prediction.values) {
      const values = Object.entries(prediction.values);
      byId("row-reads").textContent = values.map(([, value]) => short(value)).join(", ");
      byId("row-sure").textContent = values.map(([name]) => name).join(", ");
      return;
    }
    byId("row-reads").textContent = prediction.name;
    byId("row-sure").textContent = percent(prediction.confidence);
    this.bars.show(prediction.confidences, prediction.class, true);
  }
}
