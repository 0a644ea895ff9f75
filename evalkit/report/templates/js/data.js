// The packed columns, and the questions that the explorer asks of them.
async function unpack() {
  const packed = JSON.parse(byId("x-data").textContent).data;
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}
const code = (column, i) => (column === null || column.codes[i] < 0 ? null : column.values[column.codes[i]]);
const at = (column, i) => (column === null ? null : column[i]);
const firstNonNull = (list, get) => { for (const x of list) { const v = get(x); if (v !== null) return v; } return null; };

const BROKE = 1, FIXED = 2, WRONG = 4, UNSCORED = 8, FAILED = 16, RIGHT = 32;
const STATUS = [
  ["all", "All", 0], ["flipped", "Flipped", BROKE | FIXED], ["broke", "\u25bc Broke", BROKE], ["fixed", "\u25b2 Fixed", FIXED],
  ["wrong", "\u2717 Wrong", WRONG], ["unscored", "? Unscored", UNSCORED], ["failed", "! Failed", FAILED],
];

// One byte of flags a case, under one metric and one candidate.
function statusOf(data, metric, variant) {
  const flags = new Uint8Array(data.ids.length);
  const cell = data.cells[metric.id + "|" + variant.name];
  const flips = data.flips[metric.id + "|" + variant.name];
  for (let i = 0; i < flags.length; i++) {
    const value = at(cell.value, i);  // null where the case is unscored or not among the cases of the metric
    if (metric.right_or_wrong && value !== null) flags[i] |= value < 1 ? WRONG : RIGHT;
    if (firstNonNull(cell.repeats, (r) => code(r.why, i)) !== null) flags[i] |= UNSCORED;
    if (firstNonNull(variant.repeats, (r) => code(r.kind, i)) === "system") flags[i] |= FAILED;
  }
  if (flips) {
    for (const i of flips.broke) flags[i] |= BROKE;
    for (const i of flips.fixed) flags[i] |= FIXED;
  }
  return flags;
}
// What a full-text search looks into: ids, tags, inputs, gold, answers and failures, in lower case.
function haystacks(data) {
  const plain = (text) => (text === null ? "" : text.replace(/\\(["\\/])/g, "$1").replace(/\\[nrt]/g, " "));
  const tags = Object.values(data.tags);
  return data.ids.map((id, i) => {
    const parts = [id, plain(at(data.input, i)), plain(at(data.gold, i)), code(data.group, i) || ""];
    for (const tag of tags) parts.push(code(tag, i) || "");
    for (const v of data.variants) for (const r of v.repeats) parts.push(plain(at(r.output, i)), code(r.reason, i) || "", code(r.message, i) || "");
    return parts.join("\n").toLowerCase();
  });
}
