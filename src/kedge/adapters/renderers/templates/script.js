// Sorts and filters the table, and opens the card that a link points to. The page is whole without it.
"use strict";
document.documentElement.classList.add("js");
const reveal = () => {
  const card = document.getElementById(location.hash.slice(1));
  const details = card && card.closest("details");
  if (details) { details.open = true; details.scrollIntoView(); }
};
addEventListener("hashchange", reveal);
reveal();

const table = document.querySelector(".all");
if (table) {
  const body = table.tBodies[0];
  const rows = [...body.rows].map(row => ({
    row,
    name: row.cells[0].textContent.toLowerCase(),
    fired: row.cells[5].textContent.trim() !== "0",
    card: document.getElementById(row.querySelector("a").hash.slice(1)).closest("details"),
  }));

  const value = (row, column) => row.cells[column].dataset.v ?? row.cells[column].textContent;
  const order = (a, b, numeric) => numeric ? a - b : a.localeCompare(b, undefined, { numeric: true });
  const sort = (head, button) => {
    const column = head.cellIndex, numeric = "n" in head.dataset;
    const up = head.ariaSort ? head.ariaSort === "descending" : !numeric;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const absent = row => value(row, column) === "";
    rows.sort(({ row: a }, { row: b }) => absent(a) - absent(b)
      || (up ? 1 : -1) * order(value(a, column), value(b, column), numeric));
    body.append(...rows.map(({ row }) => row));
  };
  for (const button of table.tHead.querySelectorAll("button")) {
    button.disabled = false;
    button.onclick = () => sort(button.closest("th"));
  }

  const [search, only, shown] = ["search", "only", "shown"].map(id => document.getElementById(id));
  const filter = () => {
    const wanted = search.value.trim().toLowerCase();
    let visible = 0;
    for (const { row, name, fired, card } of rows) {
      const show = name.includes(wanted) && (fired || !only.checked);
      row.hidden = card.hidden = !show;
      visible += show;
    }
    shown.textContent = `${visible} of ${rows.length} shown`;
  };
  search.oninput = only.onchange = filter;
  filter();
}
