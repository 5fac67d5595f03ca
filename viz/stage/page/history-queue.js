/** The way through the browser's history: whoever goes fast has the server asked for one program at a time, the last. */

/** Milliseconds in which the server has begun, or what it sent has come on stage. */
const SOON = 500;
/** How often the server is sent: Streamlit can lose what a component says in the moment in which a run ends. */
const TRIES = 3;

export class HistoryQueue {
  /**
   * @param {() => boolean} busy whether the server runs the page now
   * @param {() => void} go has the server go where the history has led
   * @param {() => void} arrived is told when it has, whatever came of it
   */
  constructor(busy, go, arrived) {
    Object.assign(this, { busy, go, arrived });
    /** Whether the history has led where the server was not sent yet. */
    this.waiting = false;
    /** How often the server was sent somewhere without having begun; 0 once it has, or was given up. */
    this.sent = 0;
    /** Whether an answer may still come, of whichever step. */
    this.under = false;
    this.timer = null;
  }

  /** The history has led to a moment; `elsewhere`: its program has to come on stage for that. */
  leads(elsewhere) {
    this.waiting = elsewhere;
    this.under ||= elsewhere;
    if (!this.sent) this.look();
  }

  /** The server has begun to run the page, or ended. */
  changed() {
    this.sent = 0;
    this.look();
  }

  look() {
    clearTimeout(this.timer);
    if (this.busy()) return;
    if (this.waiting) this.send();
    else {
      // Streamlit runs the page for each step too, so an end may be that of another run.
      this.timer = setTimeout(() => {
        this.under = false;
        this.arrived();
      }, SOON);
    }
  }

  /** Until it is heard of, the server is as good as at work. */
  send() {
    this.waiting = false;
    this.sent += 1;
    this.go();
    this.timer = setTimeout(() => {
      if (this.sent < TRIES) this.send();
      else this.changed();
    }, SOON);
  }
}
