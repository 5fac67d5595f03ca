/** Programs that are too long for the address: the tab keeps them, so that a reload or another server has them again. */

const KEY = "viz-programs";
/** Programs that are kept, the latest: a browser keeps five million letters, and a program has 20,000 at most. */
const MOST = 20;

export class Recall {
  /** @param {Storage | null} storage what the tab keeps, null where the browser keeps nothing for this page */
  constructor(storage) {
    this.storage = storage;
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
    const others = this.programs.filter(([known]) => known !== link);
    try {
      this.storage?.setItem(KEY, JSON.stringify([...others, [link, text]].slice(-MOST)));
    } catch {
      // No room: whoever reloads is told that this tab does not have the program.
    }
  }

  /** The text of a program that was kept; null where it was not. */
  find(link) {
    return this.programs.find(([known]) => known === link)?.[1] ?? null;
  }

  get programs() {
    try {
      const programs = JSON.parse(this.storage?.getItem(KEY) ?? "[]");
      return Array.isArray(programs) ? programs : [];
    } catch {
      return []; // somebody else wrote there, or the browser keeps nothing any more
    }
  }
}
