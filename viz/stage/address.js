/** The cursor in the page's address: the browser sends it along with every change, and keeps it over a reload. */

const NAME = "at";
/** Milliseconds without a step after which the address follows: browsers allow only so many changes of it. */
const STILL = 120;

let timer = null;

/** Write a moment into the address, as soon as the cursor rests: `iteration.statement`, with the node inside it. */
export function write({ iteration, statement, node }) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const address = new URL(location.href);
    address.searchParams.set(NAME, [iteration, statement, ...(node === undefined ? [] : [node])].join("."));
    history.replaceState(history.state, "", address);
  }, STILL);
}

/** The moment in the address, null where there is none. */
export function read() {
  const said = new URL(location.href).searchParams.get(NAME)?.match(/^(-1|\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?$/);
  if (!said) return null;
  const [iteration, statement, node] = said.slice(1).map((number) => (number === undefined ? undefined : Number(number)));
  return { iteration, statement, node };
}
