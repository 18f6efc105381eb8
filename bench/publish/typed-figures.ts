/** A line of the template that has a number in it which nobody measured. */
export interface TypedFigure {
  readonly line: number;
  readonly number: string;
}

/**
 * Numbers that were typed into the template by hand. The rule: in the text there is none at all, and in code none with a
 * unit. What was measured, what is a budget, a default or a constant of the code comes by a placeholder. Letters may
 * have numbers after them (`p95`, `/api/v1`), and a list may be numbered.
 */
export function typedFigures(template: string): readonly TypedFigure[] {
  const text = template
    .replaceAll(/<!--.*?-->/gs, blank)
    .replaceAll(PLACEHOLDER, blank)
    .replaceAll(/\]\([^)\n]*\)/g, blank)
    .replaceAll(CODE, (code) =>
      code.replaceAll(/\d[\d.,_]*/g, (number, at: number) => (hasUnit(code, at, number) ? number : blank(number))),
    )
    .replaceAll(/^\s*\d+\. /gm, blank);
  return text
    .split('\n')
    .flatMap((line, at) => [...line.matchAll(NUMBER)].map(([number]) => ({ line: at + 1, number: number.trim() })));
}

/** `{{name of it}}`, on one line. */
export const PLACEHOLDER = /\{\{([^{}\n]+)\}\}/g;

/** A block of code, or a piece in a line. */
const CODE = /^```.*?^```$|`[^`\n]+`/gms;

const NUMBER = /(?<!\w|\w-)\d[\d.,]*(?: ?[a-zA-Z%×/]+)?/g;

const UNIT = /^[ -]?(?:%|×|x\b|[mµn]?s\b|sec|min|[kKMG]i?B\b|bytes\b|req|rps)/;

const hasUnit = (code: string, at: number, number: string): boolean => UNIT.test(code.slice(at + number.length));

/** As many spaces, so that lines stay where they are. */
const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');
