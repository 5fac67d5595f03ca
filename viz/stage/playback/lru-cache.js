/** A cache that drops what was used least recently. */

export class LruCache {
  /** @param {number} most how many values it holds */
  constructor(most) {
    this.most = most;
    this.values = new Map();
  }

  /**
   * The value under a key, or what `load` promises. A value that is null, or has a `problem`, is not cached.
   * @param {string} key
   * @param {() => Promise<any>} load
   */
  async load(key, load) {
    const value = this.get(key) ?? (await load());
    if (value !== null && value !== undefined && !value.problem) this.put(key, value);
    return value;
  }

  /** The value under a key; undefined if there is none. It does not count as a use. */
  get(key) {
    return this.values.get(key);
  }

  /** Cache a value, as the one used last. */
  put(key, value) {
    this.values.delete(key);
    this.values.set(key, value);
    if (this.values.size > this.most) this.values.delete(this.values.keys().next().value);
  }

  delete(key) {
    this.values.delete(key);
  }

  /** Keys and values, the one used last at the end. */
  get entries() {
    return [...this.values];
  }
}
