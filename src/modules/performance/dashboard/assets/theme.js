const KEPT_AS = 'dashboard-theme';
const THEMES = ['system', 'dark', 'light'];

/**
 * Has the button go from theme to theme; the choice is kept on this machine.
 * @param {HTMLButtonElement} button
 * @param {() => void} changed called when colours have changed, by choice or by the system
 */
export function themed(button, changed) {
  const root = document.documentElement;
  const say = () => {
    button.textContent = `Theme: ${root.dataset.theme}`;
  };
  button.addEventListener('click', () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
    root.dataset.theme = next;
    localStorage.setItem(KEPT_AS, next);
    say();
    changed();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  say();
}
