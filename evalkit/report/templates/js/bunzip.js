// Bytes out of text, and text out of bzip2: blocks of cases are packed twice as densely as gzip in base64 would.
// Two of 91 printable characters carry 13 bits (see report/explorer/encoding.py).
const PACKED = "!\"#$%'()*+,-./0123456789:;=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";
const DIGITS = new Int16Array(128).fill(-1);
for (let i = 0; i < PACKED.length; i++) DIGITS[PACKED.charCodeAt(i)] = i;

function bytesOf(text) {
  const bytes = new Uint8Array((text.length / 2 * 13 >> 3) + 1);
  let held = 0, bits = 0, at = 0;
  for (let i = 0; i + 1 < text.length; i += 2) {
    held = held << 13 | (DIGITS[text.charCodeAt(i)] * 91 + DIGITS[text.charCodeAt(i + 1)]);
    bits += 13;
    while (bits >= 8) bytes[at++] = held >>> (bits -= 8);
    held &= (1 << bits) - 1;
  }
  return bytes.subarray(0, at);
}

const CRC = new Int32Array(256);
for (let i = 0; i < 256; i++) {
  let c = i << 24;
  for (let k = 0; k < 8; k++) c = c & 0x80000000 ? c << 1 ^ 0x04c11db7 : c << 1;
  CRC[i] = c;
}

class Bits {
  constructor(bytes) { this.bytes = bytes; this.at = 0; this.held = 0; this.left = 0; }
  fill(n) {
    while (this.left < n) { this.held = this.held << 8 | this.bytes[this.at++]; this.left += 8; }
  }
  take(n) {  // at most 24 bits at once
    this.fill(n);
    this.left -= n;
    return this.held >>> this.left & (1 << n) - 1;
  }
  bit() { return this.take(1); }
}
const damaged = () => new Error("the packed cases are damaged");

// The bytes of one bzip2 stream. It pauses after every few milliseconds, so that a page can answer keys in between.
function* bunzipping(bytes) {
  const bits = new Bits(bytes), parts = [];
  let sums = 0;
  if (bits.take(24) !== 0x425a68) throw damaged();
  const level = bits.take(8) - 48;
  if (level < 1 || level > 9) throw damaged();
  const tree = new Uint32Array(level * 100000);
  for (;;) {
    const magic = bits.take(24) * 0x1000000 + bits.take(24);
    if (magic === 0x177245385090) break;
    if (magic !== 0x314159265359) throw damaged();
    const crc = bits.take(16) << 16 | bits.take(16);
    if (bits.bit()) throw damaged();  // of a version that is not written
    const start = bits.take(24), n = yield* symbols(bits, tree);
    if (start >= n) throw damaged();
    const out = yield* unsorted(tree, n, start);
    let sum = -1;
    for (let i = 0; i < out.length; i++) sum = sum << 8 ^ CRC[sum >>> 24 ^ out[i]];
    yield;
    if (~sum !== crc) throw damaged();
    sums = (sums << 1 | sums >>> 31) ^ crc;
    parts.push(out);
  }
  if ((bits.take(16) << 16 | bits.take(16)) !== sums) throw damaged();
  if (bits.at > bytes.length || bits.at + 1 < bytes.length) throw damaged();  // a second stream would be cases that nobody sees
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
}

const finished = (steps) => { for (;;) { const { done, value } = steps.next(); if (done) return value; } };
const bunzip = (bytes) => finished(bunzipping(bytes));

function alphabet(bits) {
  const used = bits.take(16), known = [];
  for (let i = 0; i < 16; i++) {
    if (!(used & 0x8000 >> i)) continue;
    const row = bits.take(16);
    for (let k = 0; k < 16; k++) if (row & 0x8000 >> k) known.push(i * 16 + k);
  }
  return Uint8Array.from(known);
}
function selectors(bits, groups) {
  const order = [...Array(groups).keys()], found = new Uint8Array(bits.take(15));
  for (let i = 0; i < found.length; i++) {
    let k = 0;
    while (bits.bit()) if (++k >= groups) throw damaged();
    const chosen = order.splice(k, 1)[0];
    order.unshift(chosen);
    found[i] = chosen;
  }
  return found;
}
// A canonical Huffman code: `fast` answers for codes of up to ten bits at a glance, the limits for the rest.
const GLANCE = 10;
function huffman(bits, size) {
  const lengths = new Uint8Array(size), code = { fast: new Uint16Array(1 << GLANCE), limit: new Int32Array(22), base: new Int32Array(22), symbols: [] };
  let length = bits.take(5);
  for (let i = 0; i < size; i++) {
    while (bits.bit()) length += bits.bit() ? -1 : 1;
    if (length < 1 || length > 20) throw damaged();
    lengths[i] = length;
  }
  for (let l = 1, first = 0; l <= 20; l++, first <<= 1) {
    code.base[l] = first - code.symbols.length;
    for (let i = 0; i < size; i++) {
      if (lengths[i] !== l) continue;
      if (l <= GLANCE) code.fast.fill(l << 9 | i, first << GLANCE - l, first + 1 << GLANCE - l);
      code.symbols.push(i);
      first++;
    }
    code.limit[l] = first;
  }
  return code;
}
function slowly(bits, code) {
  let value = bits.take(GLANCE);
  for (let l = GLANCE + 1; l <= 20; l++) {
    value = value << 1 | bits.bit();
    if (value < code.limit[l]) return code.symbols[value - code.base[l]];
  }
  throw damaged();
}
// Huffman codes, runs and move-to-front undone: the last column of the sorted rotations stands in `tree`.
function* symbols(bits, tree) {
  const front = alphabet(bits), groups = bits.take(3), chosen = selectors(bits, groups), end = front.length + 1;
  if (groups < 2 || groups > 6) throw damaged();
  const codes = Array.from({ length: groups }, () => huffman(bits, end + 1));
  const bytes = bits.bytes, mask = (1 << GLANCE) - 1;
  let { at, held, left } = bits;  // in the loop that all of the text goes through, locals are twice as fast
  let n = 0, run = 0, weight = 1, within = 0, group = 0, fast = null;
  for (;;) {
    if (within === 0) { within = 50; fast = group < chosen.length ? codes[chosen[group++]].fast : null; if (!fast) throw damaged(); if ((group & 1023) === 0) yield; }
    within--;
    while (left < GLANCE) { held = held << 8 | bytes[at++]; left += 8; }
    const seen = fast[held >>> left - GLANCE & mask];
    let symbol;
    if (seen) { left -= seen >> 9; symbol = seen & 511; } else {
      Object.assign(bits, { at, held, left });
      symbol = slowly(bits, codes[chosen[group - 1]]);
      ({ at, held, left } = bits);
    }
    if (symbol < 2) {
      if (run > tree.length) throw damaged();
      run += weight << symbol;
      weight <<= 1;
      continue;
    }
    if (run) {
      if (n + run > tree.length) throw damaged();
      tree.fill(front[0], n, n += run);
      run = 0;
      weight = 1;
    }
    if (symbol === end) { Object.assign(bits, { at, held, left }); return n; }
    if (n >= tree.length || at > bytes.length + 4) throw damaged();
    let k = symbol - 1;
    const byte = front[k];
    if (k > 16) front.copyWithin(1, 0, k);
    else for (; k > 0; k--) front[k] = front[k - 1];
    front[0] = byte;
    tree[n++] = byte;
  }
}
const PAUSE = (1 << 18) - 1;
// The rotations back in the order of the text, and its runs of four and more written out.
function* unsorted(tree, n, start) {
  const next = new Int32Array(256);
  for (let i = 0; i < n; i++) next[tree[i] & 255]++;
  for (let b = 0, sum = 0; b < 256; b++) { const here = next[b]; next[b] = sum; sum += here; }
  for (let i = 0; i < n; i++) {
    tree[next[tree[i] & 255]++] |= i << 8;
    if ((i & PAUSE) === PAUSE) yield;
  }
  let out = new Uint8Array(n + (n >> 3) + 256), at = 0, same = 0, before = -1, place = tree[start] >>> 8;
  for (let i = 0; i < n; i++) {
    if ((i & PAUSE) === PAUSE) yield;
    const entry = tree[place], byte = entry & 255;
    place = entry >>> 8;
    if (at + 256 > out.length) { const grown = new Uint8Array(out.length * 2); grown.set(out); out = grown; }
    if (same === 4) { out.fill(before, at, at += byte); same = 0; before = -1; continue; }
    same = byte === before ? same + 1 : 1;
    before = byte;
    out[at++] = byte;
  }
  return out.subarray(0, at);
}
