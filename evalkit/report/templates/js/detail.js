// One case: the question, gold and answers with their differences, the decisions, what judges said, and what it took.
function showCase(pane, data, i, state, tools) {
  const row = data.row(i);
  if (row.damaged) return pane.replaceChildren(caseHead(data, i, tools), make("p", "statement", row.damaged));
  const nodes = [caseHead(data, i, tools), chips(data, i, statusWords(tools.flags(i)))];
  nodes.push(heading("Input"), tall(valueNode(data, "input", row.input, i), (row.input || "").length, state));
  nodes.push(heading("Gold and answers"), against(data, state, tools), answers(data, row, state, pane.clientWidth));
  nodes.push(heading("Scores"), scores(data, row));
  if (row.verdicts.length) nodes.push(heading("Judges"), verdictsNode(data, row));
  nodes.push(heading("Calls"), calls(data, row));
  for (const column of data.columns) {
    const { trace } = row.answer(column.v.name, column.r);
    if (!trace) continue;
    const fold = make("details"), told = traceNode(trace), note = clipNote(data, "trace|" + column.v.name + "|" + column.r, i);
    fold.append(make("summary", "", "Trace of " + column.name + (told.summary ? ": " + told.summary : "")), told.node);
    if (note) fold.append(note);
    nodes.push(fold);
  }
  pane.replaceChildren(...nodes);
  pane.scrollTop = 0;
}
const heading = (text) => make("h4", "", text);
const button = (text, label, work) => {
  const node = make("button", "", text);
  node.type = "button";
  if (label) { node.title = label; node.setAttribute("aria-label", label); }
  node.addEventListener("click", work);
  return node;
};
function caseHead(data, i, tools) {
  const box = make("div", "x-head"), bar = make("div", "x-tools");
  bar.append(button("\u2191", "Previous case (k)", () => tools.step(-1)), button("\u2193", "Next case (j)", () => tools.step(1)));
  bar.append(button("Copy JSON", "Copy JSON of the case (c)", tools.copyCase), button("Copy link", "", tools.copyLink));
  box.append(make("h3", "x-id", data.ids[i]), bar);
  return box;
}
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
  return length ? make("span", "x-clip", "clipped: shown is a part of " + grouped(length) + " characters") : null;
}
function valueNode(data, column, text, i) {
  if (text === null || text === undefined) return make("div", "x-value sub", "none");
  const box = make("div"), note = clipNote(data, column, i), parsed = parse(text);
  if (isTalk(parsed.value)) box.append(talk(parsed.value));
  else if (isObject(parsed.value)) box.append(fields(parsed.value));
  else box.append(prose("div", "raw" in parsed ? parsed.raw : readable(parsed.value)));
  if (note) box.append(note);
  return box;
}
// A long input leaves room for the answers until it is asked for; what was asked once holds for all cases.
function tall(node, length, state) {
  if (length < 700 || state.whole) return node;
  const box = make("div"), more = button("Show the whole input", "", () => { state.whole = true; node.classList.remove("x-tall"); more.remove(); });
  node.classList.add("x-tall");
  more.className = "x-plain";
  box.append(node, more);
  return box;
}
// Text whose columns are aligned with spaces keeps a fixed pitch.
const look = (text) => (/\S {3,}\S/.test(text) && text.includes("\n") ? "x-value x-pre" : "x-value");
const prose = (tag, text) => stopAt(make(tag, look(text), text));
// What scrolls sideways is a stop of the Tab key.
function stopAt(node) {
  if (node.matches(".x-pre, .scroll")) node.tabIndex = 0;
  return node;
}
function fields(object) {
  const list = make("dl", "x-fields");
  for (const [key, value] of Object.entries(object)) {
    const row = make("div"), dd = make("dd");
    if (isTalk(value)) dd.append(talk(value)); else dd.append(prose("div", readable(value)));
    row.append(make("dt", "", key), dd);
    list.append(row);
  }
  return list;
}
// Against what the answers are held: the gold, one of the systems, or nothing.
function against(data, state, tools) {
  const label = make("label", "sub x-against", "Differences from "), select = make("select");
  for (const [value, text] of [["gold", "the gold"], ...data.variants.map((v) => [v.name, v.name]), ["none", "nothing"]]) option(select, value, text);
  select.value = state.against;
  select.id = "x-against";
  select.addEventListener("change", () => tools.hold(select.value));
  label.append(select, make("span", "x-legend", ""));
  const legend = label.lastChild;
  if (state.against !== "none") legend.append(make("ins", "", "added"), " ", make("del", "", "missing"), " ", make("mark", "x-span", "read by the matcher"));
  return label;
}
function option(select, value, text) {
  const node = make("option", "", text);
  node.value = value;
  select.append(node);
  return node;
}
function answers(data, row, state, width) {
  const { i } = row, columns = [{ name: "Gold", ref: "gold", key: "gold", text: row.gold ?? null, failure: null }];
  for (const column of data.columns) {
    const { v, r, call, name } = column, answer = row.answer(v.name, r), kind = code(call.kind, i);
    const failure = kind === null ? null : kind + " failure: " + code(call.reason, i) + (answer.message ? ". " + answer.message : "");
    columns.push({ name, ref: v.name, r, column, key: "output|" + v.name + "|" + r, text: answer.output ?? null, failure });
  }
  for (const c of columns) c.parsed = c.text === null ? {} : parse(c.text);
  const objects = columns.filter((c) => isObject(c.parsed.value));
  const parts = isObject(columns[0].parsed.value) || (columns[0].text === null && objects.length > 0);
  const keys = parts ? [...new Set(objects.flatMap((c) => Object.keys(c.parsed.value)))] : [null];
  const held = (c) => columns.find((other) => other.ref === state.against && (other.r === undefined || other.r === c.r)) || null;
  const cell = (c, key, tag) => answerCell(data, row, c, key, c === columns[0] ? null : held(c), tag);
  const longest = Math.max(...columns.map((c) => (c.text || "").length));
  const box = stopAt(make("div", "scroll"));
  if (!parts && (longest > 90 || width < 480 || columns.length > 4)) box.append(stacked(data, columns, cell, i));
  else box.append(sideBySide(data, columns, keys, cell, i));
  return box;
}
function stacked(data, columns, cell, i) {
  const list = make("dl", "x-stack");
  for (const c of columns) {
    const dd = cell(c, null, "dd"), note = clipNote(data, c.key, i);
    if (note) dd.append(note);
    list.append(make("dt", "", c.name), dd);
  }
  return list;
}
function sideBySide(data, columns, keys, cell, i) {
  const table = make("table"), head = make("tr"), body = make("tbody"), top = make("thead");
  const named = keys[0] !== null, corner = () => (named ? [make("td")] : []);
  head.append(...corner(), ...columns.map((c) => scoped("col", c.name)));
  for (const key of keys) {
    const line = make("tr");
    line.append(...(named ? [scoped("row", key, "sub")] : []), ...columns.filter((c) => key === keys[0] || inParts(c)).map((c) => spanning(cell(c, key, "td"), inParts(c) ? 1 : keys.length)));
    body.append(line);
  }
  const notes = columns.map((c) => clipNote(data, c.key, i)).map((note) => { const td = make("td"); if (note) td.append(note); return td; });
  if (notes.some((td) => td.firstChild)) { const line = make("tr"); line.append(...corner(), ...notes); body.append(line); }
  top.append(head);
  table.append(top, body);
  return table;
}
// What has no parts stands once beside all of them.
const inParts = (c) => !c.failure && isObject(c.parsed.value);
const spanning = (td, rows) => { if (rows > 1) td.rowSpan = rows; return td; };
const scoped = (scope, text, look) => { const th = make("th", look || "", text); th.scope = scope; return th; };
const pick = (parsed, key) => (key !== null && isObject(parsed.value) ? (Object.hasOwn(parsed.value, key) ? parsed.value[key] : undefined) : parsed.value);
const written = (parsed, key) => { const v = pick(parsed, key); return v !== undefined ? nested(v) : "raw" in parsed ? parsed.raw : null; };
const REDACTED = JSON.stringify("[redacted]");  // what was taken out differs from nothing
// 7.5 and "7.50".
const NUMBER = /^[-+]?\d+(\.\d+)?$/;
const sameNumber = (a, b) => [a, b].every((x) => typeof x === "number" || (typeof x === "string" && NUMBER.test(x.trim()))) && Number(a) === Number(b);
function answerCell(data, row, column, key, held, tag) {
  if (column.failure) return make(tag, "x-failed", "! " + column.failure);
  const own = written(column.parsed, key);
  if (own === null) return make(tag, "sub", column.column ? "no answer" : "none");
  const value = pick(column.parsed, key), text = value === undefined ? own : readable(value);
  const spans = column.column && typeof value === "string" ? spansOf(data, row, column.column, key) : [];
  const theirs = held && held !== column ? written(held.parsed, key) : null, differs = theirs !== null && theirs !== own && own !== REDACTED && theirs !== REDACTED;
  const other = differs ? pick(held.parsed, key) : undefined, node = stopAt(make(tag, look(text) + (differs && !sameNumber(value, other) ? " x-diff" : "")));
  const pieces = typeof value === "string" && typeof other === "string" ? wordDiff(other, value) : null;
  marked(node, pieces || [["same", text]], spans);
  if (differs) {
    const alike = sameNumber(value, other);
    node.prepend(make("span", "sub x-not", alike ? "= " : "\u2260 "));
    const off = apart(value, other);
    if (off) node.append(" ", make("span", "sub", off));
    node.title = (alike ? "the same number as " : "differs from ") + (held.column ? held.name : "the gold") + (alike ? ", written otherwise" : " as written; the scores say whether that counts");
  }
  return node;
}
function scores(data, row) {
  const table = make("table"), head = make("tr"), top = make("thead"), body = make("tbody"), whole = [], other = [];
  head.append(scoped("col", "Metric"), ...data.variants.map((v) => scoped("col", v.name)));
  top.append(head);
  for (const metric of data.metrics) {
    const cells = data.variants.map((v) => scoreCell(data, row, metric, v));
    if (cells.every((td) => !td.firstChild)) { (metric.valued ? other : whole).push(metric.id); continue; }
    const line = make("tr");
    line.append(scoped("row", metric.id), ...cells);
    body.append(line);
  }
  const box = stopAt(make("div", "scroll"));
  table.append(top, body);
  box.append(table);
  if (whole.length) box.append(make("p", "reading", "Only over all cases: " + whole.join(", ") + "."));
  if (other.length) box.append(make("p", "reading", "This case is not among those of: " + other.join(", ") + "."));
  return box;
}
function scoreCell(data, row, metric, v) {
  const td = make("td"), cell = cellOf(data, metric, v), value = at(cell.value, row.i);
  if (value !== null) {
    const right = metric.right_or_wrong && (value === 1 || value === 0);
    td.append(make("span", right ? (value ? "x-right" : "x-wrong") : "", right ? (value ? "\u2713 right" : "\u2717 wrong") : figure(value)));
  }
  cell.why.forEach((reasons, r) => {
    const why = code(reasons, row.i), answer = parse(row.answer(v.name, r).output || "null"), said = decision(row.score(metric.id, v.name, r), pick(answer, metric.field ?? null));
    if (why !== null) td.append(make("span", "x-unscored", "? unscored: " + why));
    if (said && cell.why.length > 1) said.prepend("#" + (r + 1) + ": ");
    if (said) td.append(said);
  });
  return td;
}
function calls(data, row) {
  const box = make("div", "x-chips");
  for (const { v, r, call, name } of data.columns) {
    const told = [], answer = row.answer(v.name, r), number = (x, unit) => { if (typeof x === "number") told.push(figure(x) + unit); };
    number(at(call.seconds, row.i), " s"); number(at(call.cost, row.i), " USD"); number(answer.tokens_in, " tokens in"); number(answer.tokens_out, " tokens out");
    if (typeof answer.confidence === "number") told.push("confidence " + figure(answer.confidence));
    if (answer.model) told.push(answer.model);
    box.append(make("span", "", name + ": " + (told.join(", ") || "nothing recorded")));
  }
  return box;
}
