/** A set of integers, as the ranges in it: [first, end), in order and apart from each other. */
export class Ranges {
  constructor() {
    this.all = [];
  }

  /** Add a number; returns whether it was missing. */
  add(number) {
    const at = this.placeOf(number);
    const [from, to] = this.all[at] ?? [];
    if (from <= number && number < to) return false;
    const joins = this.all[at]?.[1] === number;
    const next = this.all[at + 1];
    const meets = next?.[0] === number + 1;
    if (joins && meets) this.all.splice(at, 2, [from, next[1]]);
    else if (joins) this.all[at][1] = number + 1;
    else if (meets) next[0] = number;
    else this.all.splice(at + 1, 0, [number, number + 1]);
    return true;
  }

  /** Remove all numbers but those from `first` on and before `end`. */
  keep(first, end) {
    const cut = this.all.map(([from, to]) => [Math.max(from, first), Math.min(to, end)]);
    this.all = cut.filter(([from, to]) => from < to);
  }

  /** The start of the range that a number is in; the number itself if it is in none. */
  startOf(number) {
    const [from, to] = this.all[this.placeOf(number)] ?? [];
    return number < to ? from : number;
  }

  /** The place of the last range that begins at a number or before it; −1 if there is none. */
  placeOf(number) {
    // Most numbers are added at the end.
    return this.all.findLastIndex(([from]) => from <= number);
  }
}
