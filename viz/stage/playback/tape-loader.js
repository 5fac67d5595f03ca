/** Fetches more of a tape from the server, so that stepping never waits for Streamlit to run the page. */

/** Longest pause between two attempts, in milliseconds. */
const LONGEST_PAUSE = 4000;
/**
 * The status of an answer to a page that has used its share of recording; the body says how long it has to wait.
 */
export const TOO_MUCH = 429;

export class TapeLoader {
  /**
   * @param {URL} base the address below which each tape has its name
   * @param {() => void} lost called if the server does not have the tape, or no longer has it
   * @param {(sentence: string) => void} refused called with the reason why more has to wait
   * @param {() => number} busy how many milliseconds to hold back requests that run ahead of the visitor
   */
  constructor(base, lost, refused, busy = () => 0) {
    Object.assign(this, { base, lost, refused, busy });
    this.current = null;
  }

  /**
   * Fetch a chunk and pass it to `take`; this cancels the request before it. A request with a `rest` runs ahead of
   * the visitor: it is sent that many milliseconds later, and not while the page is busy.
   */
  ask(request, rest, take) {
    this.stop();
    this.current = new AbortController();
    this.try(this.address(request), rest, take, this.current.signal);
  }

  stop() {
    this.current?.abort();
  }

  address({ tape, have, upto, drawn, alone, till, skip, urgent, path }) {
    const address = new URL(tape, this.base);
    const flags = { urgent: urgent ? 1 : null, path: path ? 1 : null };
    const asked = { from: have, to: upto, drawn, alone, till, skip, ...flags };
    address.search = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== null));
    return address;
  }

  /** Try until there is an answer: a server that is down comes back, or another replaces it. */
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

  /** Wait until the page is no longer busy, or the request is cancelled. */
  async calm(signal) {
    while (!signal.aborted && this.busy() > 0) await sleep(this.busy());
  }

  /** The chunk; null if the server gave none. */
  async fetch(address, signal) {
    try {
      const answer = await fetch(address, { signal });
      if (answer.ok) return read(await answer.text());
      if (answer.status === 404) this.lost();
      if (answer.status === TOO_MUCH) this.refused(await answer.text());
    } catch (error) {
      if (!signal.aborted) console.warn("The tape could not be fetched:", error);
    }
    return null;
  }
}

/** A chunk, with its size in characters. */
export function read(text) {
  return { ...JSON.parse(text), size: text.length };
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
