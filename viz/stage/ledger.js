/** The ledger: a row a parameter, from the value through `.grad` and the optimizer's state to the new value. */

export function drawLedger(place, { ledger, parameters }) {
  if (!parameters.length) {
    place.replaceChildren();
    return;
  }
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  head.append(cell("th", "parameter", "viz-name"));
  for (const column of ledger) {
    head.append(cell("th", "", "viz-sign"), cell("th", column.head, `viz-${column.meaning}`));
  }
  const body = table.createTBody();
  parameters.forEach((name, row) => {
    const line = body.insertRow();
    const first = cell("th", name, "viz-name");
    first.scope = "row";
    line.append(first);
    for (const column of ledger) {
      const number = cell("td", "", `viz-number-cell viz-${column.meaning}`);
      number.dataset.slot = `l${row}.${column.key}`;
      number.dataset.whole = "";
      line.append(cell("td", column.sign, "viz-sign"), number);
    }
  });
  place.replaceChildren(table);
}

function cell(tag, text, name) {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = name;
  return made;
}
