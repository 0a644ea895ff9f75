// What stands above the list: search, metric, system, order, status, tags, and conditions on scores; all with counts.
class Controls {
  constructor(data, state, changed) {
    Object.assign(this, { data, state, changed });
    this.searching = byId("x-query");
    data.metrics.forEach((m, k) => option(byId("x-metric"), k, m.layer + ": " + m.id));
    data.variants.forEach((v, k) => option(byId("x-system"), k, v.name));
    byId("x-system-label").hidden = data.variants.length < 2;
    for (const [name, text] of ORDERS) if (name !== "change" || data.variants.some((v) => v.role === "baseline")) option(byId("x-sort"), name, text);
    this.listen("x-metric", (value) => { state.metric = data.metrics[value]; }, true);
    this.listen("x-system", (value) => { state.system = data.variants[value]; }, true);
    this.listen("x-sort", (value) => { state.sort = value; });
    byId("x-down").addEventListener("click", () => { state.down = !state.down; changed(); });
    byId("x-clear").addEventListener("click", () => { this.clear(); changed(); });
    this.searching.addEventListener("input", () => { state.query = this.searching.value; changed(); });
    this.status();
    for (const [name, column] of Object.entries(data.tags)) if (column) this.tag(name, column);
    this.condition();
  }
  listen(id, set, flags) {
    byId(id).addEventListener("change", (event) => { set(event.target.value); this.changed(flags); });
  }
  clear() {
    Object.assign(this.state, { status: "all", tags: Object.create(null), conditions: [], query: "" });
  }
  status() {
    for (const [name, text, mask] of STATUS) {
      if (name === "disagreed" && !Object.values(this.data.cells).some((cell) => cell.conflict.length)) continue;
      const node = button(text, "", () => { this.state.status = name; this.changed(); });
      node.dataset.status = name;
      node.dataset.mask = mask;
      node.append(make("span", "x-n", ""));
      byId("x-status").append(node);
    }
  }
  tag(name, column) {
    const label = make("label", "", name.slice(0, 60) + " "), select = make("select"), sizes = new Map();
    for (const c of column.codes) if (c >= 0) sizes.set(c, (sizes.get(c) || 0) + 1);
    const known = [...sizes.keys()].sort((a, b) => sizes.get(b) - sizes.get(a)).slice(0, 300);
    known.sort((a, b) => column.values[a].localeCompare(column.values[b], "en", { numeric: true }));
    option(select, "", "any");
    for (const c of known) option(select, c, column.values[c].slice(0, 80));
    if (sizes.size > known.length) option(select, "more", grouped(sizes.size - known.length) + " rarer ones: search for them").disabled = true;
    select.dataset.tag = name;
    select.addEventListener("focus", () => this.tagCounts(select, name, column));
    select.addEventListener("change", () => {
      if (select.value === "") delete this.state.tags[name];
      else this.state.tags[name] = column.values[Number(select.value)];
      this.changed();
    });
    label.append(select);
    byId("x-tags").append(label);
  }
  tagCounts(select, name, column) {
    const counts = new Map();
    for (let i = 0; i < this.data.n; i++) if (this.found.passesBut(i, "tag:" + name)) counts.set(column.codes[i], (counts.get(column.codes[i]) || 0) + 1);
    for (const node of select.options) if (/^\d+$/.test(node.value)) put(node, column.values[node.value].slice(0, 80) + " (" + grouped(counts.get(Number(node.value)) || 0) + ")");
  }
  condition() {
    const metric = byId("x-c-metric"), system = byId("x-c-system"), is = byId("x-c-is");
    const valued = this.data.metrics.filter((m) => m.valued);
    byId("x-more").hidden = !valued.length;
    valued.forEach((m) => option(metric, m.id, m.id));
    this.data.variants.forEach((v) => option(system, v.name, v.name));
    for (const [value, text] of CONDITIONS) option(is, value, text);
    const fit = () => {
      const binary = valued.find((m) => m.id === metric.value)?.right_or_wrong;
      for (const node of is.options) node.hidden = node.disabled = !binary && (node.value === "right" || node.value === "wrong");
      if (is.selectedOptions[0]?.disabled) is.value = "range";
      byId("x-c-range").hidden = is.value !== "range";
      this.conditionCounts();
    };
    for (const select of [metric, system, is]) select.addEventListener("change", fit);
    byId("x-c-add").addEventListener("click", () => {
      const number = (id) => (byId(id).value.trim() === "" ? null : Number(byId(id).value)), range = is.value === "range";
      this.state.conditions.push({ metric: metric.value, system: system.value, is: is.value, lo: range ? number("x-c-lo") : null, hi: range ? number("x-c-hi") : null });
      this.changed();
    });
    this.fit = fit;
  }
  conditionCounts() {
    if (!this.found || !byId("x-c-metric").value) return;
    for (const node of byId("x-c-is").options) {
      const [is, text] = CONDITIONS.find(([name]) => name === node.value);
      if (is === "range") continue;
      const test = holds(this.data, { metric: byId("x-c-metric").value, system: byId("x-c-system").value, is });
      let n = 0;
      for (let i = 0; i < this.data.n; i++) if (test(i) && this.found.passes(i)) n++;
      put(node, text + " (" + grouped(n) + ")");
    }
  }
  // What the state is, shown; `found` says which case passes what.
  show(found, flags) {
    const { state, data } = this;
    this.found = found;
    if (this.searching.value !== state.query) this.searching.value = state.query;
    byId("x-metric").value = data.metrics.indexOf(state.metric);
    byId("x-system").value = data.variants.indexOf(state.system);
    byId("x-sort").value = state.sort;
    put(byId("x-down"), state.down ? "\u2193" : "\u2191").setAttribute("aria-label", state.down ? "Falling: change to rising" : "Rising: change to falling");
    for (const select of byId("x-tags").querySelectorAll("select")) this.showTag(select);
    for (const node of byId("x-status").children) {
      const mask = Number(node.dataset.mask);
      let n = 0;
      for (let i = 0; i < data.n; i++) if ((mask === 0 || flags[i] & mask) && found.passesBut(i, "status")) n++;
      put(node.lastChild, grouped(n));
      node.setAttribute("aria-pressed", state.status === node.dataset.status);
      node.disabled = n === 0 && mask !== 0 && state.status !== node.dataset.status;
    }
    const narrowed = state.status !== "all" || state.query || state.conditions.length || Object.keys(state.tags).length;
    byId("x-clear").hidden = !narrowed;
    this.chips();
    this.fit();
  }
  showTag(select) {
    const value = this.state.tags[select.dataset.tag], column = this.data.tags[select.dataset.tag], c = value === undefined ? -1 : column.values.indexOf(value);
    if (c >= 0 && ![...select.options].some((node) => node.value === String(c))) option(select, c, value.slice(0, 80));
    select.value = c < 0 ? "" : String(c);
  }
  chips() {
    byId("x-chips").replaceChildren(...this.state.conditions.map((c, k) => {
      const range = c.is === "range" ? " " + (c.lo ?? "\u2212\u221e") + " and " + (c.hi ?? "\u221e") : "";
      const text = c.metric + " of " + c.system + " " + CONDITIONS.find(([is]) => is === c.is)[1] + range;
      return button(text + " \u00d7", "Take away: " + text, () => { this.state.conditions.splice(k, 1); this.changed(); });
    }));
  }
}
