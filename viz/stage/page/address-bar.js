/**
 * Keeps the page's address at the moment on stage, so that reload, Back and a bookmark lead to it. As in
 * viz/linking.
 */

/** Milliseconds between two changes of the address: browsers allow about 100 in 30 seconds. */
const INTERVAL = 350;
/** Milliseconds from a step to the change of the address, so that the step is painted first. */
const DELAY = 50;
const LEVELS = ["autograd", "concept"];

export class AddressBar {
  /**
   * @param {() => object | null} now the moment on stage, null if there is none yet: `link`, its program as the
   *   server packed it, or null for a page without links; `place`, the cursor; `selected`, a node or null; `level`
   *   and `presenting`
   * @param {() => boolean} underWay whether a step through the browser's history may still be answered
   * @param {() => number} clock milliseconds
   */
  constructor(now, underWay = () => false, clock = () => performance.now()) {
    Object.assign(this, { now, underWay, clock });
    this.timer = null;
    this.wrote = this.began = -Infinity;
    /** The program that the address last named; null if that is unknown. */
    this.named = null;
    /** The last moment of that program, to which its history entry is to lead. */
    this.last = null;
    /** Whether the history led to a program that is not on stage yet; nothing is written until it is. */
    this.held = false;
  }

  /**
   * Write the moment on stage soon, or at once if its program is another one, so that Back leads to the one
   * before.
   */
  follow() {
    const moment = this.now();
    if (!moment || this.waits(moment)) return;
    const another = this.isAnother(moment);
    if (!another) this.last = moment;
    if (another && this.clock() - this.began >= INTERVAL) this.write();
    else this.timer ??= setTimeout(() => this.write(), Math.max(DELAY, this.wrote + INTERVAL - this.clock()));
  }

  /** The browser's history led here: leave the address as it is. */
  led() {
    this.stop();
    this.named = read().link;
    this.last = null;
    this.held = true;
  }

  /** The program that the history led to does not come: follow the stage again. */
  release() {
    if (!this.held) return;
    this.held = false;
    this.follow();
  }

  /** Whether the address names a program that has not arrived yet. */
  waits(moment) {
    this.held &&= this.underWay() || moment.link !== read().link;
    return this.held;
  }

  isAnother(moment) {
    return this.named !== null && moment.link !== this.named;
  }

  /** A program came on stage. If the address names it, the next program gets a history entry of its own. */
  came(link) {
    if (link === read().link) this.named = link;
  }

  /** Write the moment on stage into the address; another program gets a history entry of its own. */
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

  /** A link to the moment on stage, without the other parameters of this visitor's address. */
  link() {
    const address = new URL(location.pathname, location.href);
    setMoment(address, this.now());
    return address.href;
  }
}

/** The address of a moment; other parameters stay. */
function at(moment) {
  const address = new URL(location.href);
  setMoment(address, moment);
  return address;
}

function replace(address) {
  if (address.href !== location.href) history.replaceState(history.state, "", address);
}

/** The moment of the address, as `now` gives it; what is missing or malformed is null. */
export function read() {
  const said = new URL(location.href).searchParams;
  const number = (text) => (/^\d{1,6}$/.test(text) ? Number(text) : null);
  const [iteration, statement, node] =
    said
      .get("at")
      ?.match(/^(-1|\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?$/)
      ?.slice(1) ?? [];
  return {
    link: said.get("p"),
    place:
      iteration === undefined
        ? null
        : { iteration: Number(iteration), statement: Number(statement), ...(node && { node: Number(node) }) },
    selected: number(said.get("node")),
    level: LEVELS.includes(said.get("level")) ? said.get("level") : LEVELS[0],
    presenting: said.get("present") === "1",
  };
}

function setMoment({ searchParams: said }, { link, place, selected, level, presenting }) {
  const { iteration, statement, node } = place;
  if (link === null) said.delete("p");
  else said.set("p", link);
  said.set("at", [iteration, statement, ...(node === undefined ? [] : [node])].join("."));
  if (selected === null) said.delete("node");
  else said.set("node", selected);
  if (level === LEVELS[0]) said.delete("level");
  else said.set("level", level);
  if (presenting) said.set("present", 1);
  else said.delete("present");
}
