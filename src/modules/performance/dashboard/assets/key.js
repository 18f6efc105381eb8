import { one, say } from './dom.js';

const KEPT_AS = 'dashboard-key';

/**
 * The key of whoever looks on: of this tab alone, never in a URL that stays, a cookie, or on the disk.
 * @param {(key: string) => void} given
 * @param {() => void} forgotten
 */
export class KeyHolder {
  constructor(given, forgotten) {
    this.given = given;
    this.form = one('#sign-in');
    this.input = one('#key');
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.take(this.input.value.trim());
    });
    one('#sign-out').addEventListener('click', () => {
      forgotten();
      this.ask('');
    });
    addEventListener('hashchange', () => this.takeFragment());
  }

  /** Takes the key that is there, or asks for one. */
  start() {
    if (this.takeFragment()) return;
    const kept = sessionStorage.getItem(KEPT_AS);
    if (kept === null) this.ask('');
    else this.take(kept);
  }

  /** Asks for another key. @param {string} why the last one isn't good enough */
  ask(why) {
    sessionStorage.removeItem(KEPT_AS);
    this.form.hidden = false;
    this.input.value = '';
    say(one('#refused'), why);
    this.input.focus();
  }

  /** `#key=…` opens the page in one step; it leaves the address, and so the history, at once. */
  takeFragment() {
    const [, key] = /^#key=(.+)$/.exec(location.hash) ?? [];
    if (key === undefined) return false;
    history.replaceState(null, '', location.pathname + location.search);
    this.take(decoded(key));
    return true;
  }

  take(key) {
    if (key === '') return;
    sessionStorage.setItem(KEPT_AS, key);
    this.form.hidden = true;
    say(one('#refused'), '');
    this.input.value = '';
    this.given(key);
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
