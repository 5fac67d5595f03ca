/** The page's address follows the stage: reload, back and a bookmark lead to the same moment. As in viz/linking. */

/** Milliseconds between two changes of the address, at least: a browser allows about 100 of them in 30 seconds. */
const APART = 350;
const LEVELS = ["autograd", "concept"];

export class Address {
  /**
   * @param {() => object | null} now the moment on stage: `link`, its program as the server has packed it, `place`, the
   *   cursor, `selected`, a node or null, `level` and `presenting`; null where there is none yet
   * @param {() => number} clock milliseconds
   */
  constructor(now, clock = () => performance.now()) {
    this.now = now;
    this.clock = clock;
    this.timer = null;
    this.wrote = -Infinity;
    /** The program that the address was last known to name; null while it may say anything. */
    this.named = null;
  }

  /** The stage has moved: the address will say so, soon; at once of another program, as Back is to lead to the one before. */
  follow() {
    const another = this.named !== null && this.now()?.link !== this.named;
    if (another && this.clock() - this.wrote >= APART) this.write();
    else this.timer ??= setTimeout(() => this.write(), APART);
  }

  /** The browser's history has led here: the address is to stay as it is. */
  led() {
    this.stop();
    this.named = read().link;
    // What is on stage until the other program comes is not to be another entry.
    this.wrote = this.clock();
  }

  /** A program comes on stage; where the address names it, another one after it is another entry of the history. */
  came(link) {
    if (link === read().link) this.named = link;
  }

  /** Write the moment on stage into the address; another program is another entry of the browser's history. */
  write() {
    this.stop();
    const moment = this.now();
    if (!moment) return;
    this.wrote = this.clock();
    const address = new URL(location.href);
    say(address, moment);
    const another = this.named !== null && moment.link !== this.named;
    this.named = moment.link;
    if (another) history.pushState(null, "", address);
    else if (address.href !== location.href) history.replaceState(history.state, "", address);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  /** A link to the moment on stage, and to nothing else that this visitor's address may hold. */
  link() {
    const address = new URL(location.pathname, location.href);
    say(address, this.now());
    return address.href;
  }
}

/** What the address says: the moment as `now` gives it; what is missing, or cannot be read, is null. */
export function read() {
  const said = new URL(location.href).searchParams;
  const number = (text) => (/^\d{1,4}$/.test(text) ? Number(text) : null);
  const [iteration, statement, node] = said.get("at")?.match(/^(-1|\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?$/)?.slice(1) ?? [];
  return {
    link: said.get("p"),
    place: iteration === undefined ? null : { iteration: Number(iteration), statement: Number(statement), ...(node && { node: Number(node) }) },
    selected: number(said.get("node")),
    level: LEVELS.includes(said.get("level")) ? said.get("level") : LEVELS[0],
    presenting: said.get("present") === "1",
  };
}

function say({ searchParams: said }, { link, place, selected, level, presenting }) {
  const { iteration, statement, node } = place;
  said.set("p", link);
  said.set("at", [iteration, statement, ...(node === undefined ? [] : [node])].join("."));
  if (selected === null) said.delete("node");
  else said.set("node", selected);
  if (level === LEVELS[0]) said.delete("level");
  else said.set("level", level);
  if (presenting) said.set("present", 1);
  else said.delete("present");
}
