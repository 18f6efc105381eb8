/** HTML in which every text that came from outside is escaped. */
export interface Html {
  readonly html: string;
}

type Value = Html | string | number | undefined | readonly Html[];

/** A template whose values are escaped, but for what is HTML already. Nothing is written of what is undefined. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html => ({
  html: parts.map((part, at) => part + written(values[at])).join(''),
});

/** Trusted: our own script or style, which are not to be escaped. */
export const raw = (text: string): Html => ({ html: text });

/** For a `<script type="application/json">`: nothing in it can end the element. */
export const json = (value: unknown): Html => raw(JSON.stringify(value).replaceAll('<', '\\u003c'));

function written(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
  return 'html' in value ? value.html : value.map((each) => each.html).join('\n');
}

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
