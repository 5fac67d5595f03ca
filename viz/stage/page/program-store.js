/** Stores programs that are too long for the address in the tab, for a reload or another server. */

import { LruCache } from "../playback/lru-cache.js";

const KEY = "viz-programs";
/** How many programs are stored: a browser stores five million characters, and a program has at most 40,000. */
const MOST = 20;

export class ProgramStore {
  /** @param {Storage | null} storage the storage of the tab; null if the browser has none for this page */
  constructor(storage) {
    this.storage = storage;
    /** Programs by what represents them in the address. */
    this.programs = new LruCache(MOST);
    for (const [link, text] of stored(storage)) this.programs.put(link, text);
  }

  /** Whether this, in place of a program in the address, represents one that is too long for it. */
  static means(link) {
    return link?.startsWith("-") ?? false;
  }

  /**
   * Store a program.
   * @param {string} link what represents it in the address
   * @param {string} text
   */
  keep(link, text) {
    this.programs.put(link, text);
    try {
      this.storage?.setItem(KEY, JSON.stringify(this.programs.entries));
    } catch {
      // The storage is full: this page still has the program, but a reload loses it, and the page says so.
    }
  }

  /** The text of a stored program; null if it is not stored. */
  find(link) {
    return this.programs.get(link) ?? null;
  }
}

/** What an earlier page of this tab stored, as [link, text]; anything of another form is not ours. */
function stored(storage) {
  try {
    const kept = JSON.parse(storage?.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => Array.isArray(one) && typeof one[1] === "string") : [];
  } catch {
    return [];
  }
}
