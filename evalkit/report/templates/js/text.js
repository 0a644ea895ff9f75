// Text of strangers reaches the page only through `put` and `make`: as text, with hidden characters shown as signs.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;
const sign = (ch) => {
  const code = ch.codePointAt(0);
  if (code < 32) return String.fromCharCode(0x2400 + code);
  return code === 127 ? "\u2421" : "\u27e8U+" + code.toString(16).toUpperCase().padStart(4, "0") + "\u27e9";
};
const visible = (text) => String(text).replace(HIDDEN, sign);
const put = (node, text) => { node.textContent = visible(text); return node; };
const make = (tag, look, text) => {
  const node = document.createElement(tag);
  if (look) node.className = look;
  return text === undefined ? node : put(node, text);
};
const byId = (id) => document.getElementById(id);

// A whole number too long for a double is kept as its digits.
class Digits { constructor(text) { this.text = text; } }
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const long = (token) => /^-?\d{16,}$/.test(token);

// JSON text -> {value} or, where it was cut and is no JSON any more, {raw}.
function parse(text) {
  const mark = "\ue000digits:";
  try {
    const safe = text.replace(TOKEN, (t) => (t[0] !== '"' && long(t) ? JSON.stringify(mark + t) : t));
    const value = JSON.parse(safe, (key, v) => (typeof v === "string" && v.startsWith(mark) ? new Digits(v.slice(mark.length)) : v));
    return { value };
  } catch {
    return { raw: text };
  }
}
const isObject = (v) => v !== null && typeof v === "object" && !Array.isArray(v) && !(v instanceof Digits);
// One value as people read it: strings without quotes, the rest as JSON.
function readable(v) {
  if (typeof v === "string") return v;
  if (v instanceof Digits) return v.text;
  if (Array.isArray(v)) return "[" + v.map(nested).join(", ") + "]";
  return isObject(v) ? "{" + Object.keys(v).map((k) => JSON.stringify(k) + ": " + nested(v[k])).join(", ") + "}" : JSON.stringify(v);
}
const nested = (v) => (typeof v === "string" ? JSON.stringify(v) : readable(v));
const pairs = (object) => Object.entries(object).map(([k, v]) => k + " " + (typeof v === "number" ? figure(v) : readable(v))).join(", ");
const figure = (x) => (x === null || x === undefined ? "\u2013" : String(Number(x.toPrecision(4))).replace("-", "\u2212"));
const grouped = (n) => n.toLocaleString("en-US");
