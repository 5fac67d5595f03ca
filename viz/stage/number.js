/** Numbers as the server writes them: `number` in viz/writing/numbers.py has the same rule. */

const MINUS = "\u2212";
const DIGITS = 4;
/** Digits that tell each number from half way between two shorter ones. */
const EXACT = 100;

/**
 * A number with four significant digits: `0.7350`, `−2.350`, `1.23e6`, `0`, `inf`, `nan`.
 * @param {number | "nan" | "inf" | "-inf" | null} value as `Tape.valueOf` returns it; null is None
 * @param {string} dtype a float that is not of float64 comes with just enough digits to read a float32
 */
export function number(value, dtype = "float64") {
  if (value === null) return "None";
  if (typeof value === "string") return value.replace("-", MINUS);
  if (/^u?int/.test(dtype)) return String(value).replace("-", MINUS);
  return float(dtype === "float64" ? value : Math.fround(value));
}

function float(value) {
  if (value === 0) return "0";
  const sign = value < 0 ? MINUS : "";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e5) {
    const [digits, exponent] = rounded(size, DIGITS - 1);
    return `${sign}${digits[0]}.${digits.slice(1)}e${String(exponent).replace("-", MINUS)}`;
  }
  const [, exponent] = parts(size.toExponential());
  // Rounding may move the point: 9.9999 is 10.00. Digits before the point are never rounded away.
  const decimals = Math.max(0, DIGITS - 1 - rounded(size, DIGITS)[1]);
  return sign + plain(...rounded(size, exponent + 1 + decimals), decimals);
}

/**
 * The first `count` significant digits of a number, and the exponent of the first one. As in Python, a tie goes to
 * the even digit; JavaScript alone rounds it up.
 */
function rounded(size, count) {
  const exact = parts(size.toExponential(EXACT));
  const tie = /^50*$/.test(exact[0].slice(count));
  if (tie && Number(exact[0][count - 1]) % 2 === 0) return [exact[0].slice(0, count), exact[1]];
  return parts(size.toExponential(count - 1));
}

/** The digits and the exponent of a number in exponential form. */
function parts(text) {
  const [mantissa, exponent] = text.split("e");
  return [mantissa.replace(".", ""), Number(exponent)];
}

/** A string of digits, the first of which has this exponent, as a number with `decimals` decimals. */
function plain(digits, exponent, decimals) {
  const all = "0".repeat(Math.max(0, -exponent)) + digits.padEnd(exponent + 1 + decimals, "0");
  const whole = all.slice(0, Math.max(0, exponent) + 1);
  return decimals ? `${whole}.${all.slice(whole.length)}` : whole;
}
