/**
 * Lines and dots as SVG paths, in pixels. A diverging run has points 1e35 pixels away, which browsers refuse to
 * draw, so lines are cut off FAR away.
 */

const FAR = 1e5;

/** A line through these points, with a gap at null; `pairs` draws every second segment only. */
export function lineThrough(points, pairs = false) {
  let drawn = "";
  let pen = null;
  for (let at = 1; at < points.length; at += 1) {
    const piece = pairs && at % 2 === 0 ? null : within(points[at - 1], points[at]);
    if (!piece) {
      pen = null;
      continue;
    }
    const [from, to] = piece.map(written);
    drawn += pen === from ? `L${to}` : `M${from}L${to}`;
    pen = to;
  }
  return drawn;
}

/** A dot at each of these points. */
export function dots(points, radius) {
  return points
    .filter((point) => point && isNear(point))
    .map((point) => dot(point, radius))
    .join("");
}

/** An arrow with a head of at most `size` pixels; empty if it is too short to be seen. */
export function arrow(tail, head, size) {
  const shaft = tail && head && within(tail, head);
  if (!shaft) return "";
  const [[x0, y0], [x1, y1]] = shaft;
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 1) return "";
  const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
  const back = Math.min(size, length);
  const [bx, by] = [x1 - ux * back, y1 - uy * back];
  const half = back / 2.2;
  const corner = (side) => written([bx - side * uy * half, by + side * ux * half]);
  return `M${written([x0, y0])}L${written([x1, y1])}M${written([x1, y1])}L${corner(1)}L${corner(-1)}Z`;
}

/** The part of the segment from `a` to `b` that is not FAR away; null if there is none. */
function within(a, b) {
  if (!a || !b) return null;
  const from = cut(a, b);
  const to = from && cut(b, from);
  return to && [from, to];
}

/** `point`, or the point where the segment from it to `other` comes near; null if it does not. */
function cut(point, other) {
  let near = point;
  for (const axis of [0, 1]) {
    if (Math.abs(near[axis]) <= FAR) continue;
    const side = Math.sign(near[axis]);
    if (other[axis] * side >= FAR) return null;
    const edge = side * FAR;
    const share = (edge - other[axis]) / (near[axis] - other[axis]);
    const aside = other[1 - axis] + (near[1 - axis] - other[1 - axis]) * share;
    near = axis ? [aside, edge] : [edge, aside];
  }
  return isNear(near) ? near : null;
}

const isNear = ([x, y]) => Math.abs(x) <= FAR && Math.abs(y) <= FAR;
const written = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;

function dot([x, y], radius) {
  const r = radius.toFixed(1);
  return `M${(x - radius).toFixed(1)} ${y.toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
}
