// The packed cases: a head with a column for each thing that is listed and filtered, and blocks that are unpacked when
// one of their cases is opened or searched.
const code = (column, i) => (!column || column.codes[i] < 0 ? null : column.values[column.codes[i]]);
const at = (column, i) => (column ? column[i] : null);
// Numbers that are all 0, 1 or none travel as a text of "0", "1" and "-".
const numbers = (column) => (typeof column === "string" ? Array.from(column, (c) => (c === "-" ? null : Number(c))) : column);
// A column of few different texts travels as a letter a case (see report/explorer/shared.py).
const spelled = (column) => (column && column.codes ? Array.from(column.codes, (c) => column.values[c.charCodeAt(0) - 93]) : column);
function* unpacking(line) {
  if (line === undefined) throw damaged();
  const bytes = yield* bunzipping(bytesOf(line));
  yield;
  return JSON.parse(new TextDecoder().decode(bytes));
}
const unpack = (line) => finished(unpacking(line));
const later = (work) => setTimeout(work, 0);

const NUMBERS = new Set(["margin", "tokens_in", "tokens_out", "confidence"]);

class Cases {
  constructor(text) {
    this.lines = text.trim().split("\n");
    Object.assign(this, unpack(this.lines[0]));
    this.n = this.ids.length;
    for (const cell of Object.values(this.cells)) cell.value = numbers(cell.value);
    for (const v of this.variants) for (const r of v.repeats) { r.seconds = numbers(r.seconds); r.cost = numbers(r.cost); }
    this.blocks = new Array(this.starts.length).fill(null);
    this.texts = new Array(this.n);
    this.indexed = 0;  // blocks whose texts can be searched
    this.place = new Map(this.ids.map((id, i) => [id, i]));
    this.arrived = this.warn = () => {};
    this.damaged = new Map();
    this.wanted = new Set();
  }
  blockOf(i) {
    let lo = 0, hi = this.starts.length - 1;
    while (lo < hi) { const mid = lo + hi + 1 >> 1; if (this.starts[mid] <= i) lo = mid; else hi = mid - 1; }
    return lo;
  }
  block(k) { return finished(this.arriving(k)); }
  *arriving(k) {
    if (this.blocks[k]) return this.blocks[k];
    const block = yield* this.unpacked(k);
    if (this.blocks[k]) return this.blocks[k];  // someone was in a hurry meanwhile
    const columns = (block.columns || []).map(spelled), here = (place) => (typeof place === "number" ? columns[place] : null);
    for (const name of ["input", "gold", "verdicts"]) block[name] = here(block[name]);
    for (const part of [...Object.values(block.answers || {}), ...Object.values(block.scores || {})]) for (const name in part) part[name] = NUMBERS.has(name) ? numbers(here(part[name])) : here(part[name]);
    return this.blocks[k] = block;
  }
  // A block that is damaged is empty, and that is said, not shown as cases without answers.
  *unpacked(k) {
    try { return yield* unpacking(this.lines[k + 1]); } catch (error) {
      this.damaged.set(k, "Cases " + grouped(this.starts[k] + 1) + " to " + grouped(this.starts[k + 1] ?? this.n) + " could not be unpacked: " + error.message + ".");
      this.warn([...this.damaged.values()].join(" "));
      return {};
    }
  }
  ready(i) { return this.blocks[this.blockOf(i)] !== null; }
  // Unpack the block of a case soon, and tell whoever listens.
  want(i) {
    const k = this.blockOf(i);
    if (this.wanted.has(k)) return;
    this.wanted.add(k);
    later(() => { this.block(k); this.arrived(); });
  }
  // All that is said of one case.
  row(i) {
    const k = this.blockOf(i), block = this.block(k), j = i - this.starts[k];
    return {
      i, damaged: this.damaged.get(k),
      input: at(block.input, j), gold: at(block.gold, j), verdicts: at(block.verdicts, j) || [],
      answer: (system, r) => one((block.answers || {})[system + "|" + r], j),
      score: (metric, system, r) => one((block.scores || {})[metric + "|" + system + "|" + r], j),
    };
  }
  get columns() { return this.variants.flatMap((v) => v.repeats.map((call, r) => ({ v, r, call, name: v.name + (v.repeats.length > 1 ? " #" + (r + 1) : "") }))); }
  // All texts made ready to be searched, in steps of a few milliseconds.
  *indexing() {
    const columns = this.columns, labels = [this.group, ...Object.values(this.tags)];
    for (; this.indexed < this.starts.length; this.indexed++) {
      yield* this.arriving(this.indexed);
      const end = this.starts[this.indexed + 1] ?? this.n;
      for (let i = this.starts[this.indexed]; i < end; i++) {
        this.texts[i] = haystack(this, this.row(i), columns, labels);
        if (i % 32 === 0) yield;
      }
    }
  }
  get searchable() { return this.starts[this.indexed] ?? this.n; }
}
const one = (columns, j) => { const found = {}; for (const name in columns || {}) if (columns[name]) found[name] = columns[name][j]; return found; };

// What a full-text search looks into: ids, tags, inputs, gold, answers, traces, reasons and rationales.
const plain = (text) => (text ? (text.includes("\\") ? text.replace(/\\(?:(["\\/])|[nrtbf]|u[0-9a-f]{4})/gi, (_, kept) => kept ?? " ") : text) : "");
// As people compare words: without case, accents, and the widths, ways and hidden signs with which one can be written.
const ASCII = /^[\u0000-\u007f]*$/, UNSEEN = /[\u0300-\u036f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const lower = (text) => (ASCII.test(text) ? text.toLowerCase() : text.normalize("NFKD").replace(UNSEEN, "").toLowerCase().toUpperCase().toLowerCase().replaceAll("\u03c2", "\u03c3").normalize("NFC"));
const folded = (text) => lower(text).replace(/\s{2,}|[^\S ]/g, " ");
function haystack(data, row, columns, labels) {
  const { i } = row, parts = [data.ids[i], plain(row.input), plain(row.gold)];
  for (const label of labels) if (code(label, i) !== null) parts.push(code(label, i));
  for (const { v, r, call } of columns) {
    const answer = row.answer(v.name, r);
    if (answer.output) parts.push(plain(answer.output));
    if (answer.trace) parts.push(plain(answer.trace));
    if (code(call.kind, i) !== null) parts.push(code(call.reason, i) || "", answer.message || "");
  }
  for (const key in data.cells) for (const why of data.cells[key].why) if (code(why, i) !== null) parts.push(code(why, i));
  for (const verdict of row.verdicts) parts.push(verdict.label || "", verdict.why || "", verdict.rationale || "");
  return parts.map(folded).join("\n");
}
