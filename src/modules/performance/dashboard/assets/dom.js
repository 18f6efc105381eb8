/**
 * An element with its attributes and children. Text is only ever text: nothing here can make markup of a value.
 * @param {string} tag
 * @param {Record<string, string | boolean | undefined | ((event: Event) => void)>} attributes a function listens to `on…`
 * @param {...(Node | string)} children
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Changes a text only where it differs, so that what is selected or read out stays. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Has a list show the items: what is there of an item stays, so that neither focus nor selection is lost.
 * @template T
 * @param {Element} list
 * @param {readonly T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => Element} make
 * @param {(element: Element, item: T) => void} update
 */
export function keyed(list, items, keyOf, make, update) {
  const known = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const focused = document.activeElement;
  const wanted = items.map((item) => {
    const key = keyOf(item);
    const element = known.get(key) ?? make(item);
    element.dataset.key = key;
    update(element, item);
    return element;
  });
  const same = wanted.length === list.children.length && wanted.every((element, at) => list.children[at] === element);
  if (same) return;
  list.replaceChildren(...wanted);
  if (focused instanceof HTMLElement && focused !== document.activeElement && list.contains(focused)) focused.focus();
}

/** @param {string} selector @param {ParentNode} within */
export function one(selector, within = document) {
  const found = within.querySelector(selector);
  if (found === null) throw new Error(`There is no ${selector}`);
  return found;
}
