/** Programs that are too long for the address: the tab keeps them, so that a reload or another server has them again. */

const KEY = "viz-programs";
/** Programs that are kept, the latest: a browser keeps five million letters, and a program has 20,000 at most. */
const MOST = 20;

export class ProgramStore {
  /** @param {Storage | null} storage what the tab keeps, null where the browser keeps nothing for this page */
  constructor(storage) {
    this.storage = storage;
    /** Programs by what stands in the address for them, the latest last; those that this page saw it knows itself. */
    this.programs = new Map(stored(storage));
  }

  /** Whether the address that has this in place of a program means one that was too long for it. */
  static means(link) {
    return link?.startsWith("-") ?? false;
  }

  /**
   * Keep a program.
   * @param {string} link what stands in the address for it
   * @param {string} text
   */
  keep(link, text) {
    this.programs.delete(link);
    this.programs.set(link, text);
    if (this.programs.size > MOST) this.programs.delete(this.programs.keys().next().value);
    try {
      this.storage?.setItem(KEY, JSON.stringify([...this.programs]));
    } catch {
      // No room: the page has them until it is loaded again, and says then that the tab does not.
    }
  }

  /** The text of a program that was kept; null where it was not. */
  find(link) {
    return this.programs.get(link) ?? null;
  }
}

/** What an earlier page of this tab kept, as [link, text]; anything else that stands there is somebody else's. */
function stored(storage) {
  try {
    const kept = JSON.parse(storage?.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => Array.isArray(one) && typeof one[1] === "string") : [];
  } catch {
    return [];
  }
}
