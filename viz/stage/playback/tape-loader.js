/** Fetches more of a tape from the server: whoever steps never waits for a run of the page. */

/** Milliseconds between two tries, at most. */
const LONGEST_PAUSE = 4000;
/** What the server answers where this page had its share of recording; the answer says until when. */
export const TOO_MUCH = 429;

export class TapeLoader {
  /**
   * @param {URL} base the tapes are below it, by name
   * @param {() => void} lost called where the server has no tape of that name (any more)
   * @param {(sentence: string) => void} told hears why more has to wait
   * @param {() => number} busy milliseconds for which what nobody waits for stays away
   */
  constructor(base, lost, told, busy = () => 0) {
    Object.assign(this, { base, lost, told, busy });
    this.current = null;
  }

  /**
   * Fetch a chunk and hand it to `take`; another request takes this one's place. With `rest` nobody waits for it: it is
   * asked for so many milliseconds later, and not while the page is busy.
   */
  ask(request, rest, take) {
    this.stop();
    this.current = new AbortController();
    this.try(this.address(request), rest, take, this.current.signal);
  }

  stop() {
    this.current?.abort();
  }

  address({ tape, have, upto, drawn, alone, till, urgent, path }) {
    const address = new URL(tape, this.base);
    const asked = { from: have, to: upto, drawn, alone, till, urgent: urgent ? 1 : null, path: path ? 1 : null };
    address.search = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== null));
    return address;
  }

  /** Try until there is an answer: a server that went away comes back, or another takes its place. */
  async try(address, rest, take, signal) {
    for (let pause = rest; !signal.aborted; pause = Math.min(2 * pause + 200, LONGEST_PAUSE)) {
      await sleep(pause);
      if (rest) await this.calm(signal);
      if (signal.aborted) break;
      const chunk = await this.fetch(address, signal);
      if (chunk && !signal.aborted) return take(chunk);
    }
    return undefined;
  }

  /** Wait until the page is not busy any more, or nobody wants the answer. */
  async calm(signal) {
    while (!signal.aborted && this.busy() > 0) await sleep(this.busy());
  }

  /** The chunk, null where there is no answer to use. */
  async fetch(address, signal) {
    try {
      const answer = await fetch(address, { signal });
      if (answer.ok) return await answer.json();
      if (answer.status === 404) this.lost();
      if (answer.status === TOO_MUCH) this.told(await answer.text());
    } catch (error) {
      if (!signal.aborted) console.warn("The tape could not be fetched:", error);
    }
    return null;
  }
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
