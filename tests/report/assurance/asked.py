"""What the browser is asked of a page: small scripts, each a question whose answer is plain data."""

from __future__ import annotations

OPEN_ALL = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"

INVENTORY = """() => {
  const tags = new Set(), attributes = new Set(), links = new Set();
  for (const e of document.querySelectorAll('*')) {
    tags.add(e.localName);
    for (const a of e.attributes) attributes.add(a.name);
    for (const name of ['href', 'xlink:href', 'src', 'action', 'formaction', 'data', 'srcdoc']) {
      if (e.hasAttribute(name)) links.add(e.getAttribute(name));
    }
  }
  return {tags: [...tags], attributes: [...attributes], links: [...links]};
}"""
"""Names of elements and attributes in the page, and all that could lead somewhere."""

UNTOUCHED = """() => typeof window.pwned === 'undefined' && ({}).pwned === undefined
  && Object.keys(Object.prototype).length === 0 && Object.keys(Array.prototype).length === 0"""
"""Whether nothing was run, and no prototype was written to."""

WIDE = """(width) => {
  if (document.documentElement.scrollWidth <= width) return [];
  const apart = (e) => { for (let at = e.parentElement; at; at = at.parentElement) {
    if (getComputedStyle(at).overflowX !== 'visible') return true;
  } return false; };
  const wide = (e) => e.getBoundingClientRect().right > width + 1;
  const told = (e) => `#${(e.closest('[id]') || e).id} ${e.localName} ${e.textContent.trim().slice(0, 30)}`;
  return [...document.querySelectorAll('body *')].filter((e) => wide(e) && !apart(e)).slice(-6).map(told);
}"""
"""The elements that make the page scroll sideways."""

CUT = """(width) => {
  const found = [];
  for (const e of document.querySelectorAll('body *')) {
    const box = e.getBoundingClientRect();
    if (!box.width || !e.textContent.trim() || e.closest('.skip, [hidden]')) continue;
    if (box.right <= width + 1 || e.children.length) continue;
    found.push(`${e.localName}.${e.className} ${e.textContent.trim().slice(0, 40)}`);
  }
  return found.slice(0, 5);
}"""
"""Text that ends beyond the paper."""

REACHABLE = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
  .filter((e) => e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.tabIndex >= 0
    && !(e.type === 'radio' && !e.checked)).length"""
"""How many controls the Tab key has to reach."""

FOCUS = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const s = getComputedStyle(e);
  const ring = (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1) || s.boxShadow !== 'none';
  window.seen = window.seen || new Set();
  const again = window.seen.has(e);
  window.seen.add(e);
  return {ring, again, name: `${e.localName}.${e.className}#${e.id} ${(e.textContent || '').trim().slice(0, 30)}`};
}"""
"""What has the focus, and whether that can be seen; `again`: it had it before."""

CHART_TEXT = """() => {
  const luminance = (c) => {
    const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
      .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const c = getComputedStyle(at).backgroundColor;
      if (!/rgba\\(.*, 0\\)|transparent/.test(c)) return c;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = [];
  for (const svg of document.querySelectorAll('svg')) {
    if (!svg.checkVisibility()) continue;
    const ground = luminance(behind(svg)), drawn = svg.viewBox.baseVal.width;
    const scale = drawn ? svg.getBoundingClientRect().width / drawn : 1;
    const marks = [...svg.querySelectorAll('rect, circle, path, polygon')]
      .filter((r) => getComputedStyle(r).fill !== 'none').map((r) => r.getBoundingClientRect());
    const where = (svg.querySelector('title') || {}).textContent;
    for (const t of svg.querySelectorAll('text')) {
      const s = getComputedStyle(t), box = t.getBoundingClientRect();
      if (!t.textContent.trim() || s.fill === 'none' || !box.width) continue;
      const x = box.left + box.width / 2, y = box.top + box.height / 2;
      const size = parseFloat(s.fontSize) * scale, ink = luminance(s.fill);
      const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
      const bare = !marks.some((b) => b.left < x && x < b.right && b.top < y && y < b.bottom);
      if (bare && ratio < 4.5) found.push(`contrast ${ratio.toFixed(2)}: ${t.textContent} (${where})`);
      if (size < 8.5) found.push(`size ${size.toFixed(1)} px: ${t.textContent} (${where})`);
    }
  }
  return found.slice(0, 8);
}"""
"""Labels of charts that cannot be read: too little contrast with the page (beside marks), or too small."""

FEWER = """() => {
  document.querySelectorAll('svg').forEach((svg) => [...svg.children].forEach((e) => {
    if (!['title', 'desc'].includes(e.localName)) e.remove();
  }));
  document.querySelectorAll('tbody, ul, ol, dl').forEach((list) => {
    [...list.children].slice(4).forEach((e) => e.remove());
  });
  const seen = {};
  document.querySelectorAll('details, figure').forEach((e) => {
    const kind = `${e.localName} ${e.className}`;
    seen[kind] = (seen[kind] || 0) + 1;
    if (seen[kind] > 3) e.remove(); else if (e.localName === 'details') e.open = true;
  });
}"""
"""Leaves the first few of all that repeats, and opens what is folded: axe's time grows with the square of a page."""

AXE = """async (given) => {
  const found = await axe.run(document, given);
  return found.violations.filter((v) => ['serious', 'critical'].includes(v.impact))
    .map((v) => `${v.id} (${v.impact}, ${v.nodes.length}): ${v.nodes[0].target} ${v.nodes[0].html.slice(0, 160)}
      ${v.nodes[0].any.concat(v.nodes[0].all).map((c) => c.message).join('; ').slice(0, 200)}`);
}"""
"""What axe-core calls serious or critical; what is drawn in a chart is asked by `CHART_TEXT`, which knows marks."""
