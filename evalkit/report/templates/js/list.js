// Virtual rows: only what is in sight exists, whatever the number of cases.
class VirtualList {
  constructor(view, sizer, height, fill, choose) {
    Object.assign(this, { view, sizer, height, fill, choose, count: 0, chosen: -1, rows: new Map() });
    view.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(view);
    sizer.addEventListener("click", (event) => {
      const row = event.target.closest(".x-row");
      if (row) choose(Number(row.dataset.at));
    });
  }
  reset(count) {
    this.count = count;
    this.sizer.style.height = count * this.height + "px";
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    this.draw();
  }
  again() {
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    this.draw();
  }
  draw() {
    const first = Math.max(0, Math.floor(this.view.scrollTop / this.height) - 8);
    const last = Math.min(this.count, Math.ceil((this.view.scrollTop + this.view.clientHeight) / this.height) + 8);
    for (const [i, row] of this.rows) if (i < first || i >= last) { row.remove(); this.rows.delete(i); }
    for (let i = first; i < last; i++) {
      let row = this.rows.get(i);
      if (!row) {
        row = make("div", "x-row");
        row.id = "x-row-" + i;
        row.dataset.at = i;
        row.setAttribute("role", "option");
        row.setAttribute("aria-setsize", this.count);
        row.setAttribute("aria-posinset", i + 1);
        row.style.transform = "translateY(" + i * this.height + "px)";
        this.fill(row, i);
        this.rows.set(i, row);
        this.sizer.append(row);
      }
      row.setAttribute("aria-selected", i === this.chosen);
    }
    if (this.rows.has(this.chosen)) this.view.setAttribute("aria-activedescendant", "x-row-" + this.chosen);
    else this.view.removeAttribute("aria-activedescendant");
  }
  reveal(i) {
    this.chosen = i;
    const top = i * this.height, bottom = top + this.height;
    if (top < this.view.scrollTop) this.view.scrollTop = top;
    else if (bottom > this.view.scrollTop + this.view.clientHeight) this.view.scrollTop = bottom - this.view.clientHeight;
    this.draw();
  }
}
