/** The page's address follows the stage: reload, back and a bookmark lead to the same moment. As in viz/linking. */

/** Milliseconds between two changes of the address, at least: a browser allows about 100 of them in 30 seconds. */
const APART = 350;
/** Milliseconds after a step until it is in the address: what it shows is painted first. */
const SOON = 50;
const LEVELS = ["autograd", "concept"];

export class AddressBar {
  /**
   * @param {() => object | null} now the moment on stage: `link`, its program as the server has packed it, `place`, the
   *   cursor, `selected`, a node or null, `level` and `presenting`; null where there is none yet
   * @param {() => boolean} underWay whether an answer may still come to a step through the browser's history
   * @param {() => number} clock milliseconds
   */
  constructor(now, underWay = () => false, clock = () => performance.now()) {
    Object.assign(this, { now, underWay, clock });
    this.timer = null;
    this.wrote = this.began = -Infinity;
    /** The program that the address was last known to name; null while it may say anything. */
    this.named = null;
    /** The last moment of that program: where its entry of the history is to lead. */
    this.last = null;
    /** Whether the history has led to another program than the one on stage: until that comes, nothing is written. */
    this.held = false;
  }

  /** The stage has moved: the address will say so, soon; at once of another program, as Back is to lead to the one before. */
  follow() {
    const moment = this.now();
    if (!moment || this.waits(moment)) return;
    const another = this.isAnother(moment);
    if (!another) this.last = moment;
    if (another && this.clock() - this.began >= APART) this.write();
    else this.timer ??= setTimeout(() => this.write(), Math.max(SOON, this.wrote + APART - this.clock()));
  }

  /** The browser's history has led here: the address is to stay as it is. */
  led() {
    this.stop();
    this.named = read().link;
    this.last = null;
    this.held = true;
  }

  /** The program that the history led to does not come: what is on stage counts. */
  release() {
    if (!this.held) return;
    this.held = false;
    this.follow();
  }

  /** Whether the address names a program that is still to come. */
  waits(moment) {
    this.held &&= this.underWay() || moment.link !== read().link;
    return this.held;
  }

  isAnother(moment) {
    return this.named !== null && moment.link !== this.named;
  }

  /** A program comes on stage; where the address names it, another one after it is another entry of the history. */
  came(link) {
    if (link === read().link) this.named = link;
  }

  /** Write the moment on stage into the address; another program is another entry of the browser's history. */
  write() {
    this.stop();
    const moment = this.now();
    if (!moment || this.waits(moment)) return;
    this.wrote = this.clock();
    if (this.isAnother(moment)) {
      if (this.last) replace(at(this.last));
      history.pushState(null, "", at(moment));
      this.began = this.wrote;
    } else replace(at(moment));
    this.named = moment.link;
    this.last = moment;
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

/** The address of a moment, with whatever else it says now. */
function at(moment) {
  const address = new URL(location.href);
  say(address, moment);
  return address;
}

function replace(address) {
  if (address.href !== location.href) history.replaceState(history.state, "", address);
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
