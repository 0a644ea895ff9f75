// Which cases are listed: a state that a link can carry, and one test for each of its parts.
const CONDITIONS = [["right", "is right"], ["wrong", "is wrong"], ["unscored", "is unscored"], ["range", "is between"]];

function freshState(data) {
  const metric = data.metrics.find((m) => m.id === data.lead) || data.metrics[0] || { id: "" };
  const system = data.variants.find((v) => v.role === "candidate") || data.variants[0];
  return { metric, system, status: "all", tags: Object.create(null), conditions: [], query: "", sort: "order", down: false, against: "gold" };
}
// Words that all have to be there; what stands in quotes is one of them, also before the second quote is typed.
const wordsOf = (query) => (folded(query).match(/"[^"]*"?|\S+/g) || []).map((word) => (word[0] === '"' ? word.replaceAll('"', "").trim() : word)).filter(Boolean);

function holds(data, { metric, system, is, lo, hi }) {
  const cell = data.cells[metric + "|" + system];
  if (!cell) return () => false;
  if (is === "unscored") return (i) => cell.why.some((why) => code(why, i) !== null);
  if (is === "right") return (i) => at(cell.value, i) === 1;
  if (is === "wrong") return (i) => { const v = at(cell.value, i); return v !== null && v < 1; };
  return (i) => { const v = at(cell.value, i); return v !== null && (lo === null || v >= lo) && (hi === null || v <= hi); };
}
// The tests of a state by name: a case is listed where all hold.
function testsOf(data, state, flags) {
  const tests = new Map(), mask = STATUS.find((s) => s[0] === state.status)[2], words = wordsOf(state.query);
  if (mask) tests.set("status", (i) => (flags[i] & mask) !== 0);
  for (const [name, value] of Object.entries(state.tags)) tests.set("tag:" + name, (i) => code(data.tags[name], i) === value);
  state.conditions.forEach((condition, k) => tests.set("score:" + k, holds(data, condition)));
  if (words.length) tests.set("words", (i) => i < data.searchable && words.every((word) => data.texts[i].includes(word)));
  return tests;
}
// How many tests each case fails, and the last of them: who fails none is listed, who fails one is counted beside it.
function failing(data, tests) {
  const fails = new Uint8Array(data.n), last = new Uint8Array(data.n);
  let k = 0;
  for (const [, test] of [...tests].sort(([a], [b]) => (a === "words") - (b === "words"))) {
    k++;
    for (let i = 0; i < data.n; i++) if (fails[i] < 2 && !test(i)) { fails[i]++; last[i] = k; }
  }
  const names = [...tests.keys()].sort((a, b) => (a === "words") - (b === "words"));
  return { passes: (i) => fails[i] === 0, passesBut: (i, name) => fails[i] === 0 || (fails[i] === 1 && names[last[i] - 1] === name) };
}

// The state as the end of a link, and back; what a link says of things that this page lacks is left out.
const pair = (name, value) => encodeURIComponent(name) + "=" + encodeURIComponent(value);
function linkOf(data, state, id) {
  const fresh = freshState(data), said = [];
  if (state.query) said.push(pair("q", state.query));
  if (state.status !== "all") said.push(pair("status", state.status));
  if (state.metric !== fresh.metric) said.push(pair("metric", state.metric.id));
  if (state.system !== fresh.system) said.push(pair("system", state.system.name));
  for (const [name, value] of Object.entries(state.tags)) said.push(pair("tag." + name, value));
  for (const c of state.conditions) said.push(pair("score", JSON.stringify([c.metric, c.system, c.is, c.lo, c.hi])));
  if (state.sort !== "order" || state.down) said.push(pair("sort", (state.down ? "-" : "") + state.sort));
  if (state.against !== "gold") said.push(pair("against", state.against));
  return (id === null ? (said.length ? "#cases?" : "#cases") : "#case=" + encodeURIComponent(id) + (said.length ? "&" : "")) + said.join("&");
}
const decoded = (text) => text.replace(/(?:%[0-9a-f]{2})+/gi, (part) => { try { return decodeURIComponent(part); } catch { return part; } });  // what is not encoded is taken as it is
function readLink(data, hash) {
  if (!hash.startsWith("#case=") && !hash.startsWith("#cases?")) return null;
  const whole = decoded(hash.slice(6)), parts = hash.replace(/^#cases\?|^#/, "").split("&"), state = freshState(data);
  let id = null, given = false;
  if (hash.startsWith("#case=")) {
    id = decoded(parts.shift().slice(5));
    for (const known of [whole, hash.slice(6)]) if (data.place.has(known)) return { id: known, state, given };
  }
  for (const part of parts) given = readPart(data, state, ...part.split("=").map(decoded)) || given;
  return { id, state, given };
}
function readPart(data, state, name, value = "") {
  const named = (list, key) => list.find((x) => x[key] === value);
  if (name === "q") state.query = value;
  else if (name === "status" && named(STATUS, 0)) state.status = value;
  else if (name === "metric" && named(data.metrics, "id")) state.metric = named(data.metrics, "id");
  else if (name === "system" && named(data.variants, "name")) state.system = named(data.variants, "name");
  else if (name.startsWith("tag.") && Object.hasOwn(data.tags, name.slice(4)) && data.tags[name.slice(4)]?.values.includes(value)) state.tags[name.slice(4)] = value;
  else if (name === "sort" && named(ORDERS.map(([key]) => ({ key })).concat(ORDERS.map(([key]) => ({ key: "-" + key }))), "key")) {
    state.down = value.startsWith("-");
    state.sort = value.replace(/^-/, "");
  } else if (name === "against" && (value === "none" || named(data.variants, "name"))) state.against = value;
  else if (name === "score") return readCondition(data, state, value);
  else return false;
  return true;
}
function readCondition(data, state, text) {
  const said = parse(text).value, number = (x) => (typeof x === "number" ? x : null);
  if (!Array.isArray(said) || !data.cells[said[0] + "|" + said[1]] || !CONDITIONS.some((c) => c[0] === said[2])) return false;
  state.conditions.push({ metric: said[0], system: said[1], is: said[2], lo: number(said[3]), hi: number(said[4]) });
  return true;
}
