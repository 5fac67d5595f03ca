/** Reads [value, dtype] pairs on standard input, and writes each as viz/stage/number.js does. */

import { readFileSync } from "node:fs";

import { number } from "../../viz/stage/number.js";

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(([value, dtype]) => number(value, dtype))));
