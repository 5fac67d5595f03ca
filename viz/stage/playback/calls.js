/** The calls of functions that statements are in, and steps over them. */

/** The calls that a statement is in, the outermost first: a list of [number, name]. */
export function callsAt(frames, statement) {
  return frames.slice(0, statement + 1).findLast((frame) => frame.c !== undefined)?.c ?? [];
}

/**
 * The next statement (`by` 1) or the one before (-1), from a statement on, whose calls are `alike` these ones; -1
 * if the part has none. Each part numbers its calls from 0: calls of different parts are compared by depth only.
 */
export function alikeFrom(frames, statement, by, calls, alike) {
  const all = everyCalls(frames);
  for (let at = statement; at >= 0 && at < frames.length; at += by) {
    if (alike(all[at], calls)) return at;
  }
  return -1;
}

/** Whether a statement is in no other calls than these. */
export const isAround = (found, calls) =>
  found.length <= calls.length && found.every(([number], at) => number === calls[at][0]);

/** Whether a statement of another part is in no more calls than these. */
export const isNoDeeper = (found, calls) => found.length <= calls.length;

function everyCalls(frames) {
  let now = [];
  return frames.map(({ c }) => (now = c ?? now));
}
