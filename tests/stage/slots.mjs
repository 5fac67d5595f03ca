/** Reads names of slots on standard input, and writes how viz/stage/slots.js parses them. */

import { readFileSync } from "node:fs";

import { cellSlot, isOfLine, lineSlot, nodeOf } from "../../viz/stage/slots.js";

const { lines, cells, names } = JSON.parse(readFileSync(0, "utf8"));
console.log(
  JSON.stringify({
    lines: lines.map(lineSlot),
    cells: cells.map(([row, column]) => cellSlot(row, column)),
    nodes: names.map(nodeOf),
    ofLines: names.map(isOfLine),
  }),
);
