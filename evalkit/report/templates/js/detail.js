// One case: the question, gold and answers side by side, scores with the rule that decided, and what the call took.
function showCase(pane, data, i, words) {
  const nodes = [make("h3", "x-id", data.ids[i]), chips(data, i, words)];
  nodes.push(heading("Input"), valueNode(data, "input", at(data.input, i), i));
  nodes.push(heading("Gold and answers"), answers(data, i));
  nodes.push(heading("Scores"), scores(data, i), heading("Calls"), calls(data, i));
  for (const v of data.variants) v.repeats.forEach((r, k) => {
    const trace = at(r.trace, i);
    if (trace === null) return;
    const fold = make("details");
    fold.append(make("summary", "", "Trace of " + columnName(v, k)), valueNode(data, "trace|" + v.name + "|" + k, trace, i));
    nodes.push(fold);
  });
  pane.replaceChildren(...nodes);
  pane.scrollTop = 0;
}
const heading = (text) => make("h4", "", text);
const columnName = (v, k) => v.name + (v.repeats.length > 1 ? " #" + (k + 1) : "");

function chips(data, i, words) {
  const box = make("div", "x-chips");
  for (const [look, text] of words) box.append(make("b", look, text));
  if (code(data.group, i) !== null) box.append(make("span", "", "group: " + code(data.group, i)));
  for (const [name, column] of Object.entries(data.tags)) {
    if (code(column, i) !== null) box.append(make("span", "", name + ": " + code(column, i)));
  }
  return box;
}
function clipNote(data, column, i) {
  const length = (data.clipped[column] || {})[i];
  return length ? make("span", "x-clip", "clipped: the first " + grouped(data.limit) + " of " + grouped(length) + " characters") : null;
}
function valueNode(data, column, text, i) {
  if (text === null) return make("div", "x-value sub", "none");
  const box = make("div"), note = clipNote(data, column, i), parsed = parse(text);
  if ("value" in parsed && isObject(parsed.value)) box.append(fields(parsed.value));
  else box.append(prose("div", "raw" in parsed ? parsed.raw : readable(parsed.value)));
  if (note) box.append(note);
  return box;
}
// Text whose columns are aligned with spaces keeps a fixed pitch.
const prose = (tag, text) => make(tag, /\S {3,}\S/.test(text) && text.includes("\n") ? "x-value x-pre" : "x-value", text);
function fields(object) {
  const list = make("dl", "x-fields");
  for (const [key, value] of Object.entries(object)) {
    const row = make("div");
    row.append(make("dt", "", key), prose("dd", readable(value)));
    list.append(row);
  }
  return list;
}
function answers(data, i) {
  const columns = [{ name: "Gold", key: "gold", text: at(data.gold, i), failure: null }];
  for (const v of data.variants) v.repeats.forEach((r, k) => {
    const kind = code(r.kind, i);
    const failure = kind === null ? null : kind + " failure: " + code(r.reason, i) + (code(r.message, i) ? ". " + code(r.message, i) : "");
    columns.push({ name: columnName(v, k), key: "output|" + v.name + "|" + k, text: at(r.output, i), failure });
  });
  for (const c of columns) c.parsed = c.text === null ? {} : parse(c.text);
  const objects = columns.filter((c) => isObject(c.parsed.value));
  const keys = objects.length ? [...new Set(objects.flatMap((c) => Object.keys(c.parsed.value)))] : [null];
  const table = make("table"), head = make("tr"), body = make("tbody");
  head.append(make("th", "", ""), ...columns.map((c) => make("th", "", c.name)));
  for (const key of keys) {
    const row = make("tr");
    row.append(make("th", "sub", key === null ? "" : key), ...columns.map((c, k) => answerCell(c, key, k ? columns[0] : null)));
    body.append(row);
  }
  const notes = columns.map((c) => clipNote(data, c.key, i)).map((note) => { const td = make("td"); if (note) td.append(note); return td; });
  if (notes.some((td) => td.firstChild)) { const row = make("tr"); row.append(make("th"), ...notes); body.append(row); }
  const top = make("thead"), box = make("div", "scroll");
  top.append(head);
  table.append(top, body);
  box.append(table);
  return box;
}
const pick = (parsed, key) => (key !== null && isObject(parsed.value) ? (Object.hasOwn(parsed.value, key) ? nested(parsed.value[key]) : null) : "value" in parsed ? nested(parsed.value) : "raw" in parsed ? parsed.raw : null);
function answerCell(column, key, gold) {
  if (column.failure) return make("td", "x-failed", "! " + column.failure);
  const own = pick(column.parsed, key), theirs = gold && pick(gold.parsed, key);
  if (own === null) return make("td", "sub", gold ? "no answer" : "none");
  const source = key !== null && isObject(column.parsed.value) ? column.parsed.value[key] : column.parsed.value;
  const td = make("td", "x-value", "value" in column.parsed ? readable(source) : own);
  if (gold && theirs !== null && own !== theirs) {
    td.classList.add("x-diff");
    td.prepend(make("span", "sub x-not", "\u2260 "));
    td.title = "differs from the gold as written; the scores say whether that counts";
  }
  return td;
}
function scores(data, i) {
  const table = make("table"), head = make("tr"), top = make("thead"), body = make("tbody");
  head.append(make("th", "", "Metric"), ...data.variants.map((v) => make("th", "", v.name)));
  top.append(head);
  const whole = [], other = [];
  for (const metric of data.metrics) {
    const cells = data.variants.map((v) => scoreCell(data.cells[metric.id + "|" + v.name], metric, i));
    if (cells.every((td) => !td.firstChild)) { (metric.valued ? other : whole).push(metric.id); continue; }
    const row = make("tr");
    row.append(make("th", "", metric.id), ...cells);
    body.append(row);
  }
  const box = make("div", "scroll");
  table.append(top, body);
  box.append(table);
  if (whole.length) box.append(make("p", "reading", "Only over all cases: " + whole.join(", ") + "."));
  if (other.length) box.append(make("p", "reading", "This case is not among those of: " + other.join(", ") + "."));
  return box;
}
function scoreCell(cell, metric, i) {
  const td = make("td"), value = at(cell.value, i);
  if (value !== null) {
    const right = metric.right_or_wrong && (value === 1 || value === 0);
    td.append(make("span", right ? (value ? "x-right" : "x-wrong") : "", right ? (value ? "\u2713 right" : "\u2717 wrong") : figure(value)));
  }
  cell.repeats.forEach((r, k) => {
    const said = [], why = code(r.why, i), rule = code(r.rule, i), margin = at(r.margin, i), detail = code(r.detail, i);
    if (why !== null) td.append(make("span", "x-unscored", "? unscored: " + why));
    if (rule !== null) said.push("rule " + rule);
    if (margin !== null) said.push("margin " + figure(margin));
    if (detail !== null && detail !== "{}") said.push(told(detail));
    if (said.length) td.append(make("div", "sub", (cell.repeats.length > 1 ? "#" + (k + 1) + ": " : "") + said.join("; ")));
  });
  return td;
}
// What else a metric says of a row, as words instead of JSON.
function told(detail) {
  const parsed = parse(detail);
  return isObject(parsed.value) ? pairs(parsed.value) : detail;
}
function calls(data, i) {
  const box = make("div", "x-chips");
  for (const v of data.variants) v.repeats.forEach((r, k) => {
    const said = [], number = (column, unit) => { const x = at(column, i); if (x !== null) said.push(figure(x) + unit); };
    number(r.seconds, " s"); number(r.cost, " USD"); number(r.tokens_in, " tokens in"); number(r.tokens_out, " tokens out");
    if (at(r.confidence, i) !== null) said.push("confidence " + figure(at(r.confidence, i)));
    if (code(r.model, i) !== null) said.push(code(r.model, i));
    box.append(make("span", "", columnName(v, k) + ": " + (said.join(", ") || "nothing recorded")));
  });
  return box;
}
