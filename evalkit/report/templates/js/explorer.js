// The explorer: filters, search, keys, and links to a case.
function explorer(data) {
  const metrics = data.metrics, candidates = data.variants.filter((v) => v.role === "candidate");
  const baseline = data.variants.find((v) => v.role === "baseline");
  const state = { metric: metrics.find((m) => m.id === data.lead) || metrics[0], variant: candidates[0], status: "all", tags: {}, words: [], rows: [], cursor: -1 };
  const place = new Map(data.ids.map((id, i) => [id, i]));
  let flags = new Uint8Array(data.ids.length), texts = null;
  const pane = byId("x-detail"), query = byId("x-query");
  const list = new VirtualList(byId("x-list"), byId("x-sizer"), 52, fillRow, (k) => choose(k, true));

  function statusWords(i) {
    const f = flags[i], words = [];
    if (f & FAILED) words.push(["x-failed", "! failed"]);
    if (f & UNSCORED) words.push(["x-unscored", "? unscored"]);
    if (f & BROKE) words.push(["x-broke", "\u25bc broke"]);
    if (f & FIXED) words.push(["x-fixed", "\u25b2 fixed"]);
    if (!words.length && f & WRONG) words.push(["x-wrong", "\u2717 wrong"]);
    if (!words.length && f & RIGHT) words.push(["x-right", "\u2713 right"]);
    return words;
  }
  function fillRow(row, k) {
    const i = state.rows[k], top = make("div"), words = make("span", "x-words");
    for (const [look, text] of statusWords(i)) words.append(make("span", look, " " + text));
    top.append(words, make("span", "x-id", data.ids[i]));
    const text = at(data.input, i);
    row.append(top, make("div", "x-snippet", text === null ? "" : snippet(text)));
  }
  function snippet(text) {
    const parsed = parse(text);
    if ("raw" in parsed) return text.slice(0, 200);
    return (isObject(parsed.value) ? pairs(parsed.value) : readable(parsed.value)).slice(0, 200);
  }
  function choose(k, byHand) {
    if (k < 0 || k >= state.rows.length) return;
    state.cursor = k;
    list.reveal(k);
    const i = state.rows[k];
    showCase(pane, data, i, statusWords(i));
    if (byHand) remember(data.ids[i]);
  }
  let timer = 0;
  function remember(id) {
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, "", "#case=" + encodeURIComponent(id)), 150);
  }
  function apply(keep) {
    const wanted = STATUS.find((s) => s[0] === state.status)[2], tags = Object.entries(state.tags);
    if (state.words.length && !texts) texts = haystacks(data);
    const rows = [];
    for (let i = 0; i < flags.length; i++) {
      if (wanted && !(flags[i] & wanted)) continue;
      if (tags.some(([name, value]) => code(data.tags[name], i) !== value)) continue;
      if (state.words.some((word) => !texts[i].includes(word))) continue;
      rows.push(i);
    }
    state.rows = rows;
    list.chosen = -1;
    list.view.scrollTop = 0;
    list.reset(rows.length);
    put(byId("x-count"), grouped(rows.length) + " of " + grouped(flags.length) + " cases");
    const k = rows.indexOf(keep);
    if (rows.length) choose(Math.max(k, 0), false);
    else pane.replaceChildren(make("p", "x-empty", "No case fits these filters."));
  }
  const current = () => state.rows[state.cursor];
  function reflag() {
    if (state.metric && state.variant) flags = statusOf(data, state.metric, state.variant);
    for (const button of byId("x-status").children) {
      const mask = Number(button.dataset.mask), n = mask ? flags.reduce((sum, f) => sum + ((f & mask) !== 0), 0) : flags.length;
      put(button.lastChild, grouped(n));
      button.disabled = mask !== 0 && n === 0;
      if (button.disabled && state.status === button.dataset.status) setStatus("all");
    }
  }
  function setStatus(name) {
    state.status = name;
    for (const button of byId("x-status").children) button.setAttribute("aria-pressed", button.dataset.status === name);
  }
  function option(select, value, text) {
    const node = make("option", "", text);
    node.value = value;
    select.append(node);
  }
  function controls() {
    for (const [name, text, mask] of STATUS) {
      const button = make("button", "", text);
      button.type = "button";
      button.dataset.status = name;
      button.dataset.mask = mask;
      button.append(make("span", "x-n", ""));
      button.addEventListener("click", () => { setStatus(name); apply(current()); });
      byId("x-status").append(button);
    }
    setStatus("all");
    metrics.forEach((m, k) => option(byId("x-metric"), k, m.layer + ": " + m.id));
    byId("x-metric").value = metrics.indexOf(state.metric);
    byId("x-metric").addEventListener("change", (e) => { state.metric = metrics[e.target.value]; reflag(); apply(current()); });
    candidates.forEach((v, k) => option(byId("x-variant"), k, v.name));
    byId("x-variant-label").hidden = candidates.length < 2;
    byId("x-variant").addEventListener("change", (e) => { state.variant = candidates[e.target.value]; reflag(); apply(current()); });
    for (const [name, column] of Object.entries(data.tags)) if (column) tagFilter(name, column);
    query.addEventListener("input", () => { state.words = query.value.toLowerCase().split(/\s+/).filter(Boolean); apply(current()); });
  }
  function tagFilter(name, column) {
    const label = make("label", "", name + " "), select = make("select");
    option(select, "", "any");
    const order = [...column.values].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    order.slice(0, 500).forEach((value) => option(select, column.values.indexOf(value), value));
    select.dataset.tag = name;
    select.addEventListener("change", () => {
      if (select.value === "") delete state.tags[name];
      else state.tags[name] = column.values[Number(select.value)];
      apply(current());
    });
    label.append(select);
    byId("x-tags").append(label);
  }
  function clear() {
    query.value = "";
    state.words = [];
    state.tags = {};
    for (const select of byId("x-tags").querySelectorAll("select")) select.value = "";
    setStatus("all");
  }
  function fromLink() {
    if (!location.hash.startsWith("#case=")) return false;
    let id = location.hash.slice(6);
    try { id = decodeURIComponent(id); } catch { /* a link that is not encoded is taken as it is */ }
    const message = byId("x-message");
    message.hidden = place.has(id);
    if (!place.has(id)) { put(message, "The link asks for case " + id + ", which is not in this page."); byId("cases").scrollIntoView(); return false; }
    if (!state.rows.includes(place.get(id))) { clear(); apply(place.get(id)); }
    else choose(state.rows.indexOf(place.get(id)), false);
    byId("cases").scrollIntoView();
    return true;
  }
  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === query && event.key === "Escape") { query.blur(); byId("x-list").focus(); return; }
    if (event.target.matches("input, select, textarea")) return;
    const onList = event.target === byId("x-list");
    const step = { j: 1, k: -1, ...(onList ? { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9 } : {}) }[event.key];
    if (step) {
      event.preventDefault();
      show();
      choose(Math.min(Math.max(state.cursor + step, 0), state.rows.length - 1), true);
    } else if (event.key === "/") {
      event.preventDefault();
      show();
      query.focus({ preventScroll: true });
    }
  }
  function show() {
    const box = byId("explorer").getBoundingClientRect();
    if (box.top > innerHeight * 0.8 || box.bottom < innerHeight * 0.3) byId("cases").scrollIntoView();
  }
  byId("explorer").hidden = false;
  controls();
  reflag();
  apply();
  fromLink();
  addEventListener("hashchange", fromLink);
  document.addEventListener("keydown", onKey);
}

if (byId("x-data")) {
  const fail = (text) => { const message = byId("x-message"); put(message, text); message.hidden = false; };
  if (typeof DecompressionStream === "undefined") {
    fail("This browser cannot unpack the cases (it lacks DecompressionStream: Chrome 80, Firefox 113 and Safari 16.4 have it). All else here is complete.");
  } else {
    unpack().then(explorer).catch((error) => fail("The cases could not be unpacked: " + error.message));
  }
}
