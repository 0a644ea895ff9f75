// The explorer: the list of cases under a state, keys, and links to a case or to what is listed.
const SLICE = 12;  // milliseconds

function explorer(data) {
  const state = freshState(data), baseline = data.variants.find((v) => v.role === "baseline");
  const pane = byId("x-detail"), query = byId("x-query"), help = byId("x-help");
  let flags = flagsOf(data, state.metric, state.system, baseline), rows = [], cursor = -1, timer = 0, indexing = false;
  const list = new VirtualList(byId("x-list"), byId("x-sizer"), 52, fillRow, (k) => choose(k, true));
  const tools = {
    flags: (i) => flags[i],
    step: (by) => choose(Math.min(Math.max(cursor + by, 0), rows.length - 1), true),
    hold: (ref) => { state.against = ref; choose(cursor, true); byId("x-against").focus(); },
    copyCase: () => copyText(caseJson(data, rows[cursor]), tell),
    copyLink: () => copyText(location.href.split("#")[0] + linkOf(data, state, data.ids[rows[cursor]]), tell),
  };
  const controls = new Controls(data, state, (again) => { if (again) reflag(); apply(rows[cursor]); remember(); });

  function fillRow(node, k) {
    const i = rows[k], top = make("div"), words = make("span", "x-words"), order = orderBy(data, state.sort, state.metric, state.system, baseline);
    if (["score", "change", "seconds", "cost"].includes(state.sort)) words.append(make("span", "sub", " " + figure(order(i))));
    for (const [look, text] of statusWords(flags[i])) words.append(make("span", look, " " + text));
    top.append(words, make("span", "x-id", data.ids[i].slice(0, 200)));
    const ready = data.ready(i), text = ready ? data.row(i).input : null;
    if (!ready) data.want(i);
    node.append(top, make("div", "x-snippet", text === null ? "" : snippet(text)));
  }
  function snippet(text) {
    const parsed = parse(text.length > 5000 ? text.slice(0, 5000) : text), value = parsed.value;
    if ("raw" in parsed) return text.slice(0, 200);
    if (isTalk(value)) return value.map((turn) => said(turn.content ?? turn.value ?? turn.text)).join(" / ").slice(0, 200);
    return (isObject(value) ? pairs(value) : readable(value)).slice(0, 200);
  }
  function choose(k, byHand) {
    if (k < 0 || k >= rows.length) return;
    cursor = k;
    list.reveal(k);
    showCase(pane, data, rows[k], state, tools);
    if (byHand) remember();
  }
  function remember() {
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, "", linkOf(data, state, cursor >= 0 && rows.length ? data.ids[rows[cursor]] : null)), 150);
  }
  function reflag() { flags = flagsOf(data, state.metric, state.system, baseline); }
  function apply(keep) {
    if (state.query && data.searchable < data.n) index();
    const found = failing(data, testsOf(data, state, flags)), order = orderBy(data, state.sort, state.metric, state.system, baseline);
    rows = [];
    for (let i = 0; i < data.n; i++) if (found.passes(i)) rows.push(i);
    rows = ordered(data, rows, state.sort, state.down, order);
    controls.show(found, flags);
    list.chosen = -1;
    list.view.scrollTop = 0;
    list.reset(rows.length);
    const part = state.query && data.searchable < data.n ? " (searched " + grouped(data.searchable) + " so far)" : "";
    put(byId("x-count"), grouped(rows.length) + " of " + grouped(data.n) + " cases" + part);
    cursor = -1;
    if (rows.length) choose(Math.max(rows.indexOf(keep), 0), false);
    else pane.replaceChildren(make("p", "x-empty", part ? "Searching\u2026" : "No case fits these filters."));
  }
  // Texts are made ready to be searched while the page is idle, in slices so short that no key waits for them.
  function index() {
    if (indexing || data.searchable >= data.n) return;
    indexing = true;
    const steps = data.indexing(), slice = () => {
      const before = data.indexed, until = performance.now() + SLICE;
      let over = false;
      while (!over && performance.now() < until) over = steps.next().done;
      indexing = !over;
      if (state.query && (over || data.indexed % 4 < before % 4)) apply(rows[cursor]);
      if (!over) later(slice);
    };
    later(slice);
  }
  function fromLink() {
    const link = readLink(data, location.hash);
    if (!link) return;
    const known = link.id === null || data.place.has(link.id), message = byId("x-message"), i = data.place.get(link.id);
    message.hidden = known && !data.damaged.size;
    if (!known) put(message, "The link asks for case " + link.id + ", which is not in this page.");
    if (link.given) { Object.assign(state, link.state); reflag(); apply(i); }
    if (known && i !== undefined) {
      if (!rows.includes(i)) { controls.clear(); apply(i); } else choose(rows.indexOf(i), false);
    }
    byId("cases").scrollIntoView();
  }
  function nextFlip() {
    for (let step = 1; step <= rows.length; step++) {
      const k = (cursor + step) % rows.length;
      if (flags[rows[k]] & (BROKE | FIXED)) return choose(k, true);
    }
    tell("No flipped case is listed.");
  }
  const KEYS = {
    j: () => tools.step(1), k: () => tools.step(-1), f: nextFlip, c: tools.copyCase, l: tools.copyLink,
    "/": () => query.focus({ preventScroll: true }), "?": () => help.showModal(),
  };
  const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9 };
  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") return escape(event);
    if (event.target === query && event.key === "Enter") byId("x-list").focus();
    if (event.target.matches("input, select, textarea")) return;
    const step = event.target === byId("x-list") ? STEPS[event.key] : 0;
    if (!step && !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    if (event.key !== "?") show();
    if (step) tools.step(step); else KEYS[event.key]();
  }
  function escape(event) {
    if (event.target === query) { query.blur(); byId("x-list").focus({ preventScroll: true }); return; }
    if (event.target.matches("select") || byId("x-clear").hidden) return;
    controls.clear();
    apply(rows[cursor]);
    remember();
  }
  function show() {
    const box = byId("explorer").getBoundingClientRect();
    if (box.top > innerHeight * 0.8 || box.bottom < innerHeight * 0.3) byId("cases").scrollIntoView();
  }
  data.arrived = () => list.again();
  data.warn = (text) => { put(byId("x-message"), text); byId("x-message").hidden = false; };
  byId("explorer").hidden = false;
  apply();
  fromLink();
  addEventListener("hashchange", fromLink);
  document.addEventListener("keydown", onKey);
  query.addEventListener("focus", index);
  byId("x-keys").addEventListener("click", () => help.showModal());
}

let told = 0;
function tell(text) {
  const message = byId("x-told");
  put(message, text);
  clearTimeout(told);
  told = setTimeout(() => put(message, ""), 2500);
}
// The page is painted first; then the head of the cases is unpacked.
if (byId("x-data")) requestAnimationFrame(() => later(() => {
  try {
    explorer(new Cases(byId("x-data").textContent));
  } catch (error) {
    const message = byId("x-message");
    put(message, "The cases could not be unpacked: " + error.message);
    message.hidden = false;
  }
}));
