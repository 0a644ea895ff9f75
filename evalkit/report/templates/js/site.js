// Search in the table of runs. The filter by verdict needs no script.
const searchLabel = document.getElementById("g-search");
if (searchLabel) {
  const input = searchLabel.querySelector("input");
  const older = document.getElementById("g-older");
  const status = document.getElementById("g-count");
  const rows = [...document.querySelectorAll(".g-table tr[data-o]")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, i) => {
      row.hidden = !words.every((word) => texts[i].includes(word));
      shown += row.hidden ? 0 : 1;
    });
    if (older && words.length) older.open = true;
    status.textContent = words.length ? shown + " of " + rows.length + " runs" : "";
  };
  input.addEventListener("input", filter);
  searchLabel.hidden = false;
  if (input.value) filter();
}
