/**
 * The words of buttons, counters and failed requests. What is said about a program comes from the server. Words
 * that never change are in `views/skeleton.js` and in the rows of `views/download-menu.js`.
 */

export const CHECK = {
  offer: "Check gradients",
  running: "Checking …",
  failed: "Not checked",
  heading: "Checked",
};
export const PLAY = { paused: "Play", playing: "Pause" };
export const COMPARE = { one: "Show both", both: "Show one" };
export const CLOSE = "Close";
/** Shows the pictures of the ledger as texts. */
export const NUMBERS = "Numbers";

/** The graphs' names for screen readers. */
export const GRAPH = "The autograd graph";
export const PREVIOUS_GRAPH = "The graph of the iteration before";

/** What to do at the start. */
export const BEGIN = "Press → to run the next line.";

/** Where the cursor is. */
export const PLACE = { setup: "set-up", after: "after the loop", iteration: (number) => `iteration ${number}` };

/** The lines that a fold hides. */
export const lines = (first, last) => `lines ${first} to ${last}`;

/** What the picture of a large tensor shows. */
export const BLOCKS =
  "Each block shows the largest absolute value of some numbers; a corner marks a number below 0.";

/** Plotly's buttons for a chart. */
export const chartTools = (title) => `Tools of the chart ${title}`;

/** The menu of downloads; its rows are in `views/download-menu.js`. */
export const DOWNLOAD = {
  menu: "Download",
  picture: "Picture",
  pictureAs: (format) => `The picture as it is now, as ${format}`,
  page: "Offline page",
  iterations: "iterations",
};

/** What to read if the browser or the server did not do what a visitor wanted. */
export const FAILED = {
  check: "The gradients could not be checked: the server gave no answer. Try again.",
  charts: (reason) => `The charts are missing: ${reason}. Reload the page to try again.`,
  copy: "The browser does not let this page copy. Copy the link yourself: ",
  download: "The server gave no answer; try again.",
  graph: "there is no graph here",
  explanation: "The explanation could not be fetched. Close this, then select the node again.",
  opening: "The drawing could not be fetched; open the box again.",
  plotly: "plotly.js could not be loaded",
  size: "the browser cannot draw one this large",
  picture: (reason) => `The picture could not be made: ${reason}.`,
};

export const COPIED = "The link to this moment is copied.";
