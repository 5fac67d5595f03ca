/**
 * Sends the server where the browser's history leads: one program at a time, and after fast steps only the last.
 */

/** Milliseconds in which the server begins to answer, or its answer comes on stage. */
const WAIT = 500;
/** How often a request is sent: Streamlit can lose a message that arrives just as a run ends. */
const TRIES = 3;

export class HistoryQueue {
  /**
   * @param {() => boolean} busy whether the server is running the page
   * @param {() => void} go sends the server where the history led
   * @param {() => void} arrived called when the server is done, whatever the result
   */
  constructor(busy, go, arrived) {
    Object.assign(this, { busy, go, arrived });
    /** Whether the history led somewhere that the server was not sent yet. */
    this.waiting = false;
    /** How often the server was sent without beginning; 0 once it began, or was given up. */
    this.sent = 0;
    /** Whether the server was sent somewhere since the queue was last empty: it is there, or soon will be. */
    this.went = false;
    /** Whether any step may still be answered. */
    this.under = false;
    this.timer = null;
  }

  /**
   * The history led to a moment; `elsewhere` says that its program is not on stage. If it is, the server may still
   * have been sent to another one, whose answer is not here yet: then it has to be sent back.
   */
  leads(elsewhere) {
    this.waiting = elsewhere || this.went;
    this.under ||= elsewhere;
    if (!this.sent) this.look();
  }

  /** The server began to run the page, or ended. */
  changed() {
    this.sent = 0;
    this.look();
  }

  look() {
    clearTimeout(this.timer);
    if (this.busy()) return;
    if (this.waiting) this.send();
    else {
      // Streamlit itself runs the page for each step too, so the run that ended may be another one.
      this.timer = setTimeout(() => {
        this.under = this.went = false;
        this.arrived();
      }, WAIT);
    }
  }

  /** Send the server, and treat it as busy until it answers. */
  send() {
    this.waiting = false;
    this.went = true;
    this.sent += 1;
    this.go();
    this.timer = setTimeout(() => {
      if (this.sent < TRIES) this.send();
      else this.changed();
    }, WAIT);
  }
}
