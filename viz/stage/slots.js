/**
 * Names of the slots that hold a text, and of the marks that say how a box or a line looks; as in viz/slots.py,
 * which says what each means. Other modules pass these names on, and neither build nor parse one.
 */

/** The slots for the value and for the gradient of a Node. */
export const valueSlot = (node) => `n${node}.v`;
export const gradientSlot = (node) => `n${node}.g`;

/** The slot beside a line of the code, and the mark of the line. */
export const lineSlot = (line) => `c${line}`;

/** The slot of a cell of the ledger. */
export const cellSlot = (row, column) => `l${row}.${column}`;

/** Columns of the ledger that show one tensor at several moments. */
const OF_ONE = { new: "value", contribution: "before", after: "before" };

/** The tensor in a slot: equal for slots that show it at several moments. A picture of the graph has its own. */
export function tensorOf(slot, picture) {
  if (nodeOf(slot) !== null) return `${picture} ${slot}`;
  const [row, column] = slot.split(".");
  return `${row}.${OF_ONE[column] ?? column}`;
}

/** Whether a name is that of a line of the code. */
export const isOfLine = (name) => name[0] === "c";

/** The Node of a slot or mark of the graph; null for a name that belongs to the code or the ledger. */
export function nodeOf(name) {
  if (name[0] !== "n" && name[0] !== "e") return null;
  // The number at the start of "12.v".
  return Number.parseInt(name.slice(1), 10);
}

/** The box or the row of the ledger that a slot belongs to. */
export const ownerOf = (slot) => slot.split(".")[0];
