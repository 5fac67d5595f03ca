/** The words of viz/writing/stage_words.py, which a chunk brings to the stage. */

import process from "node:process";

export const WORDS = JSON.parse(process.env.STAGE_WORDS);
