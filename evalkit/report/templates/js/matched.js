// The decision of a matcher, in words: the rule, how far the answer was off, and how much it was allowed to be.
function decided(score) {
  const said = [], detail = score.detail ? parse(score.detail).value : null, known = isObject(detail) ? detail : {};
  if (score.rule) said.push("rule " + score.rule);
  if (typeof score.margin === "number") said.push("margin " + figure(score.margin));
  if (typeof known.diff === "number" && typeof score.margin === "number") {
    said.push("off by " + figure(known.diff) + ", tolerance " + figure(known.diff + score.margin));
  } else if (known.diff !== undefined) said.push("off by " + readable(known.diff));
  if (known.unread) said.push("no number read: " + known.unread);
  if (known.nearest_miss) said.push("near miss: " + readable(known.nearest_miss).replaceAll("_", " "));
  if (Array.isArray(known.flags)) said.push(known.flags.map((flag) => readable(flag).replaceAll("_", " ")).join(", "));
  return said;
}
const TOLD = new Set(["diff", "unread", "nearest_miss", "flags", "span", "fields", "counts", "instructions"]);
function decision(score, text) {
  const box = make("div", "sub x-decided"), detail = score.detail ? parse(score.detail) : {}, said = decided(score);
  if (isObject(detail.value)) {
    const { span, fields, instructions, ...rest } = detail.value;
    if (Array.isArray(span) && typeof text === "string") said.push("read \u201c" + [...text].slice(span[0], span[1]).join("") + "\u201d");
    const others = Object.fromEntries(Object.entries(rest).filter(([name]) => !TOLD.has(name)));
    if (Object.keys(others).length) said.push(pairs(others));
    box.append(visible(said.join("; ")));
    for (const rows of [fields, instructions]) if (Array.isArray(rows) && rows.length) box.append(parts(rows));
  } else {
    if ("raw" in detail) said.push(detail.raw);
    box.append(visible(said.join("; ")));
  }
  return box.firstChild && (said.length || box.children.length) ? box : null;
}
// What a metric says part by part (of fields, of instructions): one line each, those that are not right first.
const BAD = /wrong|missing|extra|invented|false/;
function parts(rows) {
  const list = make("ul", "x-parts"), bad = (row) => BAD.test(String(row.state ?? row.followed ?? row.ok ?? ""));
  for (const row of rows.filter(isObject).sort((a, b) => bad(b) - bad(a))) {
    const { path, id, name, state, rule, ...rest } = row, what = path ?? id ?? name;
    const words = [what === undefined ? null : readable(what), state, rule].filter((x) => x !== null && x !== undefined).map(readable).join(" \u00b7 ");
    list.append(make("li", bad(row) ? "x-bad" : "", (bad(row) ? "\u2717 " : "\u2713 ") + words + (Object.keys(rest).length ? ": " + pairs(rest) : "")));
  }
  return list;
}
// Where in an answer its number, word or match was read: [start, end] for the answer as a whole or one field of it.
function spansOf(data, row, column, field) {
  const found = [];
  for (const metric of data.metrics) {
    if ((metric.field ?? null) !== field) continue;
    const detail = parse(row.score(metric.id, column.v.name, column.r).detail || "null").value;
    if (!isObject(detail)) continue;
    for (const one of [detail, ...(Array.isArray(detail.instructions) ? detail.instructions.filter(isObject) : [])]) {
      if (Array.isArray(one.span) && one.span.every((x) => typeof x === "number")) found.push(one.span);
    }
  }
  return found;
}
