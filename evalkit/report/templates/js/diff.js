// What differs between two texts, word by word; readable without colour: struck out is missing, underlined is new.
const WORDS = /\p{L}[\p{L}\p{M}\p{N}'\u2019]*|\p{N}+(?:[.,]\p{N}+)*|\s+|[^]/gu;
const MOST = 1500000;  // cells of the table that is filled

// [[kind, text]], kind "same", "new" (in b) or "gone" (in a); null where hardly a word is shared.
function wordDiff(a, b) {
  const left = a.match(WORDS) || [], right = b.match(WORDS) || [], found = [];
  let start = 0, l = left.length, r = right.length;
  while (start < l && start < r && left[start] === right[start]) start++;
  while (l > start && r > start && left[l - 1] === right[r - 1]) { l--; r--; }
  const tail = right.slice(r);
  const add = (kind, text) => { if (!text) return; const end = found[found.length - 1]; if (end && end[0] === kind) end[1] += text; else found.push([kind, text]); };
  add("same", right.slice(0, start).join(""));
  middle(left.slice(start, l), right.slice(start, r), add);
  add("same", tail.join(""));
  const shared = found.reduce((sum, [kind, text]) => sum + (kind === "same" ? text.replace(/\s/g, "").length : 0), 0);
  return b.length > 40 && shared < 0.2 * b.replace(/\s/g, "").length ? null : joined(found);
}
// A space between two changes belongs to them, and what is gone stands before what is new.
function joined(pieces) {
  const out = [];
  let gone = "", fresh = "";
  const flush = () => { if (gone) out.push(["gone", gone]); if (fresh) out.push(["new", fresh]); gone = fresh = ""; };
  pieces.forEach(([kind, text], k) => {
    const between = kind === "same" && /^\s+$/.test(text) && k > 0 && k + 1 < pieces.length;
    if (kind === "gone") gone += text;
    else if (kind === "new") fresh += text;
    else if (between) { if (gone) gone += text; fresh += text; }
    else { flush(); out.push([kind, text]); }
  });
  flush();
  return out;
}
function middle(a, b, add) {
  if (!a.length || !b.length || a.length * b.length > MOST) { add("gone", a.join("")); add("new", b.join("")); return; }
  const width = b.length + 1, best = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) {
    best[i * width + j] = a[i] === b[j] ? best[(i + 1) * width + j + 1] + 1 : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
  }
  let i = 0, j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) { add("same", b[j]); i++; j++; }
    else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) add("gone", a[i++]);
    else add("new", b[j++]);
  }
  add("gone", a.slice(i).join(""));
  add("new", b.slice(j).join(""));
}

// A text with its differences and with the places where a matcher read: `spans` count characters as people do.
function marked(node, pieces, spans) {
  const text = pieces.filter(([kind]) => kind !== "gone").map(([, part]) => part).join("");
  const places = spans.map(([a, b]) => [units(text, a), units(text, b)]);
  let from = 0;
  for (const [kind, part] of pieces) {
    if (kind === "gone") { node.append(make("del", "", part)); continue; }
    const home = kind === "new" ? make("ins", "") : node, end = from + part.length;
    const cuts = [...new Set([from, end, ...places.flat().filter((x) => x > from && x < end)])].sort((a, b) => a - b);
    for (let k = 0; k + 1 < cuts.length; k++) {
      const piece = visible(text.slice(cuts[k], cuts[k + 1])), read = places.some(([a, b]) => a <= cuts[k] && cuts[k + 1] <= b);
      home.append(read ? make("mark", "x-span", piece) : piece);
    }
    if (kind === "new") node.append(home);
    from = end;
  }
  return node;
}
function units(text, characters) {
  let n = 0;
  for (const ch of text) { if (characters-- <= 0) break; n += ch.length; }
  return n;
}
// How far a number is from another: "+0.82 (+2.6 %)".
function apart(value, from) {
  if (typeof value !== "number" || typeof from !== "number" || value === from) return "";
  const sign = (x) => (x > 0 ? "+" : "") + figure(x);
  return sign(value - from) + (from ? " (" + sign((value - from) / Math.abs(from) * 100) + " %)" : "");
}
