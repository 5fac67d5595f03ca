/** The iterations of a tape that are here: of a long run, those near the cursor, and the first ones. */

/** What stands for an iteration that the recording let go, as in viz/writing/stage_json.py. */
const LET_GO = 0;
/**
 * The most characters of JSON that are kept. Of more, iterations are dropped that are far from the cursor, and
 * requested again if it returns; the first FIRST and those up to NEAR iterations away stay.
 */
const ROOM = 2 ** 26;
const FIRST = 10;
const NEAR = 100;
/** How many dropped iterations are requested at once. */
const AGAIN = 20;

export class Iterations {
  constructor() {
    /** Parts by number. There may be a gap before those that an opening sent. */
    this.parts = [];
    /** The first iteration that has not arrived yet; those before it may have been dropped since. */
    this.have = 0;
    /** The first iteration that was skipped; Infinity if none was. */
    this.gap = Infinity;
    this.sizes = new Map();
    this.size = 0;
  }

  /** The part of an iteration that is here; null for any other. */
  part(number) {
    return this.parts[number] || null;
  }

  /** Take in the part of an iteration and its size in characters. It is null if already here. */
  put(number, part, size) {
    if (part === null || this.parts[number]) return;
    this.parts[number] = part;
    while (this.isKnown(this.have)) this.have += 1;
    if (part === LET_GO) return;
    this.sizes.set(number, size);
    this.size += size;
  }

  /** Count the iterations before this one as recorded; those that are not here can be requested. */
  skipTo(number) {
    this.gap = Math.min(this.gap, this.have);
    this.have = Math.max(this.have, number);
    while (this.isKnown(this.have)) this.have += 1;
  }

  /** Drop iterations far from this one if all take more than `room`; the first that is dropped, or null. */
  drop(iteration, room = ROOM) {
    if (this.size <= room) return null;
    const away = (number) => Math.abs(number - iteration);
    const far = [...this.sizes.keys()].filter((number) => number >= FIRST && away(number) > NEAR);
    const dropped = [];
    for (const number of far.toSorted((one, other) => away(other) - away(one))) {
      if (this.size <= room / 2) break;
      this.size -= this.sizes.get(number);
      this.sizes.delete(number);
      delete this.parts[number];
      dropped.push(number);
    }
    return dropped.length ? Math.min(...dropped) : null;
  }

  /** Whether the recording let an iteration go. */
  isLetGo(number) {
    return this.parts[number] === LET_GO;
  }

  /** Whether an iteration was here or skipped, and can be requested. */
  isDropped(number) {
    return number >= 0 && number < this.have && !this.isKnown(number);
  }

  /** A range of iterations to request again: with one that was dropped at most `few` away; null if none was. */
  droppedNear(iteration, few) {
    for (let away = 0; away <= few; away += 1) {
      const [back, on] = [iteration - away, iteration + away];
      if (this.isDropped(on) && !this.isDropped(on - 1)) return { from: on, to: Math.min(this.have, on + AGAIN) };
      if (this.isDropped(back)) return { from: Math.max(0, back - AGAIN + 1), to: back + 1 };
    }
    return null;
  }

  /** Whether an iteration is here, or was let go. */
  isKnown(number) {
    return this.parts[number] !== undefined;
  }

  /** The first iteration from this one on that is not here. */
  end(number) {
    let at = Math.max(0, number);
    while (this.parts[at]) at += 1;
    return at;
  }
}
