/** Where epochs begin: the iterations at which the loops around the training loop have gone on. */

export class Epochs {
  constructor() {
    /** The passes of the loops around each iteration that has arrived, as text; "" if there are no such loops. */
    this.around = new Map();
    /** The first iteration of each epoch, in order, as far as that is known. */
    this.firsts = [];
  }

  /** Whether there are loops around the training loop. */
  get any() {
    return this.firsts.length > 0;
  }

  /** Take in an iteration; its address is that of its first frame. */
  put(number, frames) {
    if (this.around.has(number)) return;
    const around = (frames[0]?.a ?? []).slice(0, -1).join(", ");
    const before = this.around.get(number - 1);
    this.around.set(number, around === before ? before : around); // one string for all iterations of an epoch
    this.look(number);
    this.look(number + 1);
  }

  /** Note that an epoch begins with an iteration, if that and the one before have arrived. */
  look(number) {
    const now = this.around.get(number);
    const before = number ? this.around.get(number - 1) : "";
    if (!now || before === undefined || now === before) return;
    const at = this.firsts.findLastIndex((first) => first < number) + 1;
    this.firsts.splice(at, 0, number);
  }

  /** Whether an iteration has arrived. */
  knows(number) {
    return this.around.has(number);
  }

  /** The next first iteration of an epoch; null if none is known. */
  after(iteration) {
    return this.firsts.find((first) => first > iteration) ?? null;
  }

  /** The last first iteration of an epoch before this one; null if there is none. */
  before(iteration) {
    return this.firsts.findLast((first) => first < iteration) ?? null;
  }

  /** Those of at most `most` epochs, evenly apart. */
  thinned(most) {
    const step = STEPS.find((one) => this.firsts.length <= one * most) ?? this.firsts.length;
    return this.firsts.filter((_, at) => at % step === 0);
  }
}

/** Possible distances between two marks, in epochs. */
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
