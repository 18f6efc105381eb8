// Runs in the page, before its own scripts: what its tests ask of it.

globalThis.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  console.error(`policy: ${violatedDirective} ${blockedURI}`);
});

globalThis.inPage = {
  /** Whether whoever looks sees where the focus is. */
  focusIsSeen() {
    const focused = document.activeElement;
    const shown = focused.matches('input[type=radio]') ? focused.nextElementSibling : focused;
    const { outlineStyle, outlineWidth } = getComputedStyle(shown);
    return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
  },

  /** How many pixels of the plot have the colour of its first line. */
  drawn(id) {
    const canvas = document.querySelector(`#${id} canvas`);
    if (canvas === null || canvas.width === 0) return 0;
    // A copy, so that reading doesn't make the page draw otherwise.
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
    copy.drawImage(canvas, 0, 0);
    const line = channels(getComputedStyle(document.querySelector(`#${id} .line-1`)).stroke);
    const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
    let found = 0;
    for (let at = 0; at < pixels.length; at += 4) {
      const far = line.slice(0, 3).reduce((sum, value, channel) => sum + Math.abs(value - pixels[at + channel]), 0);
      if (far < 30 && pixels[at + 3] > 128) found += 1;
    }
    return found;
  },

  /** Texts whose contrast with what is behind them is less than WCAG 2.2 AA asks for (1.4.3), each with its ratio. */
  faintTexts() {
    return [...document.querySelectorAll('body *')].filter(hasTextToSee).flatMap((element) => {
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const [one, other] = [luminance(channels(color)), luminance(behind(element))];
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      const size = Number.parseFloat(fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
      return ratio >= (isLarge ? 3 : 4.5) ? [] : [`${ratio.toFixed(2)} ${element.textContent.trim().slice(0, 40)}`];
    });
  },
};

const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);

const hasTextToSee = (element) =>
  [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '') &&
  element.checkVisibility() &&
  element.closest('script, noscript') === null;

function luminance(colour) {
  const [red, green, blue] = colour.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function behind(element) {
  if (element === null) return [255, 255, 255];
  const colour = channels(getComputedStyle(element).backgroundColor);
  return colour.length === 4 && colour[3] === 0 ? behind(element.parentElement) : colour.slice(0, 3);
}
