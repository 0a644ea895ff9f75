// What became of each case under one metric and one system: one byte of flags.
const BROKE = 1, FIXED = 2, WRONG = 4, UNSCORED = 8, FAILED = 16, RIGHT = 32, DISAGREED = 64;
const STATUS = [
  ["all", "All", 0], ["flipped", "Flipped", BROKE | FIXED], ["broke", "\u25bc Broke", BROKE], ["fixed", "\u25b2 Fixed", FIXED],
  ["wrong", "\u2717 Wrong", WRONG], ["unscored", "? Unscored", UNSCORED], ["failed", "! Failed", FAILED],
  ["disagreed", "\u21c4 Judge disagreed in order", DISAGREED],
];
const NOTHING = { value: null, why: [], conflict: [] };
const cellOf = (data, metric, system) => data.cells[metric.id + "|" + system.name] || NOTHING;

function flagsOf(data, metric, system, baseline) {
  const flags = new Uint8Array(data.n), cell = cellOf(data, metric, system);
  for (let i = 0; i < data.n; i++) {
    const value = at(cell.value, i);  // null where the case is unscored or not among the cases of the metric
    if (metric.right_or_wrong && value !== null) flags[i] |= value < 1 ? WRONG : RIGHT;
    if (cell.why.some((why) => code(why, i) !== null)) flags[i] |= UNSCORED;
    if (system.repeats.some((r) => code(r.kind, i) === "system")) flags[i] |= FAILED;
  }
  for (const i of cell.conflict) flags[i] |= DISAGREED;
  const flips = data.flips[metric.id + "|" + system.name] || changed(data, metric, system, baseline);
  for (const i of flips.broke) flags[i] |= BROKE;
  for (const i of flips.fixed) flags[i] |= FIXED;
  return flags;
}
// Of a right-or-wrong metric that the record has no list for: what turned right or wrong.
function changed(data, metric, system, baseline) {
  const found = { broke: [], fixed: [] };
  if (!metric.right_or_wrong || !baseline || baseline === system) return found;
  const own = cellOf(data, metric, system).value, old = cellOf(data, metric, baseline).value;
  for (let i = 0; own && old && i < data.n; i++) {
    if (own[i] === null || old[i] === null || own[i] === old[i]) continue;
    (own[i] < old[i] ? found.broke : found.fixed).push(i);
  }
  return found;
}
function statusWords(flags) {
  const words = [];
  if (flags & FAILED) words.push(["x-failed", "! failed"]);
  if (flags & UNSCORED) words.push(["x-unscored", "? unscored"]);
  if (flags & BROKE) words.push(["x-broke", "\u25bc broke"]);
  if (flags & FIXED) words.push(["x-fixed", "\u25b2 fixed"]);
  if (flags & DISAGREED) words.push(["x-unscored", "\u21c4 judge"]);
  if (!words.length && flags & WRONG) words.push(["x-wrong", "\u2717 wrong"]);
  if (!words.length && flags & RIGHT) words.push(["x-right", "\u2713 right"]);
  return words;
}

// What the list can be ordered by: a number for each case, or null.
const ORDERS = [["order", "as in the suite"], ["id", "id"], ["score", "score"], ["change", "change from the baseline"], ["seconds", "seconds"], ["cost", "cost"]];
function orderBy(data, name, metric, system, baseline) {
  const value = (v) => (i) => at(cellOf(data, metric, v).value, i);
  const took = (column) => (i) => { const all = system.repeats.map((r) => at(r[column], i)).filter((x) => x !== null); return all.length ? all.reduce((a, b) => a + b) : null; };
  if (name === "score") return value(system);
  if (name === "change") return baseline ? (i) => { const a = value(system)(i), b = value(baseline)(i); return a === null || b === null ? null : a - b; } : () => null;
  if (name === "seconds" || name === "cost") return took(name);
  return (i) => i;
}
function ordered(data, rows, name, down, key) {
  if (name === "order") return down ? rows.reverse() : rows;
  const sign = down ? -1 : 1;
  if (name === "id") {
    const compare = new Intl.Collator("en", { numeric: true }).compare;
    return rows.sort((a, b) => sign * compare(data.ids[a], data.ids[b]) || a - b);
  }
  const known = rows.filter((i) => key(i) !== null), rest = rows.filter((i) => key(i) === null);
  return known.sort((a, b) => sign * (key(a) - key(b)) || a - b).concat(rest);
}
