/** Prints the alphabet of levels, and the layouts of the shapes on standard input, for test_tensors.py. */

import { readFileSync } from "node:fs";

import { ALPHABET, STEPS, layoutOf } from "../../viz/stage/views/tensors/cells.js";

const layouts = JSON.parse(readFileSync(0, "utf8")).map(layoutOf);
console.log(JSON.stringify({ alphabet: ALPHABET, steps: STEPS, layouts }));
