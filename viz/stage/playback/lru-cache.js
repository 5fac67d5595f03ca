/** Answers that were given once and cannot change: the latest are kept, and not asked for again. */

export class LruCache {
  /** @param {number} most answers to keep */
  constructor(most) {
    this.most = most;
    this.answers = new Map();
  }

  /**
   * The answer under a key; `ask` promises it where it is not known. One that is null, or only a `problem`, is not kept.
   * @param {string} key
   * @param {() => Promise<any>} ask
   */
  async get(key, ask) {
    const known = this.answers.get(key);
    const answer = known ?? (await ask());
    if (answer !== null && answer !== undefined && !answer.problem) this.put(key, answer);
    return answer;
  }

  /** Keep an answer that came unasked. */
  put(key, answer) {
    this.answers.delete(key);
    this.answers.set(key, answer);
    if (this.answers.size > this.most) this.answers.delete(this.answers.keys().next().value);
  }
}
