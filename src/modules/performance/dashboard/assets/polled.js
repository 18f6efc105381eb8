import { one, say } from './dom.js';
import { clock } from './format.js';

const EVERY_MS = 10_000;

/**
 * A part of the page that asks for what it shows again and again. What goes wrong with it is said in it, and is no
 * trouble of any other part; what it has shown stays, with the time that it is of.
 */
export class PolledPanel {
  /**
   * @param {HTMLElement} panel
   * @param {(signal: AbortSignal) => Promise<any>} ask
   * @param {(answer: any) => string | undefined} show what it returns is noted in the head
   * @param {number} everyMs
   */
  constructor(panel, ask, show, everyMs = EVERY_MS) {
    Object.assign(this, { panel, ask, show, everyMs });
    this.problem = one('.problem', panel);
    this.note = panel.querySelector('.note');
  }

  start() {
    this.ended = new AbortController();
    this.refresh();
    this.timer = setInterval(() => {
      if (!document.hidden) this.refresh();
    }, this.everyMs);
    document.addEventListener('visibilitychange', () => document.hidden || this.refresh(), {
      signal: this.ended.signal,
    });
  }

  stop() {
    clearInterval(this.timer);
    this.ended?.abort();
  }

  /** The latest question is the one whose answer counts. */
  async refresh() {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    const signal = AbortSignal.any([asking.signal, this.ended?.signal ?? asking.signal]);
    try {
      const answer = await this.ask(signal);
      if (signal.aborted) return;
      const noted = this.show(answer);
      this.shownAt = new Date();
      if (this.note !== null) say(this.note, noted ?? '');
      this.problem.hidden = true;
      delete this.panel.dataset.stale;
    } catch (error) {
      if (signal.aborted) return;
      const since = this.shownAt === undefined ? '' : ` What is shown is of ${clock(this.shownAt)}.`;
      say(this.problem, `${error.message}${since}`);
      this.problem.hidden = false;
      this.panel.dataset.stale = '';
    }
  }
}
