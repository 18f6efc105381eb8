/** Numbers as people read them: few digits, with their unit. What isn't known is a dash. */

export const NOTHING = '–';

/** Three digits that say something: 0.421, 4.25, 42.5, 425, 4,250. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  if (value === 0) return '0';
  const size = Math.abs(value);
  const digits = size < 1 ? 3 : size < 10 ? 2 : size < 100 ? 1 : 0;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export const count = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value) ? NOTHING : Math.round(value).toLocaleString('en');

/** A share of 1 in percent; cut off rather than rounded: what isn't all must not look like it. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return NOTHING;
  const tenths = Math.trunc(share * 1000 + Math.sign(share) * 1e-6) / 10;
  return `${Number.isInteger(share) ? tenths.toFixed(0) : tenths.toFixed(1)} %`;
}

/** Errors, that must not vanish: 0.004 % is not 0 %. */
export const finePercent = (share: number): string =>
  share === 0 ? '0 %' : Number.isFinite(share) ? `${figure(share * 100)} %` : NOTHING;

export const bytes = (size: number): string => `${count(size)} B`;

/** The least and the most, where they differ: `50–600`. */
export function span(values: readonly number[], text: (value: number) => string = count): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map(text);
  return least === most ? String(least) : `${least}–${most}`;
}

/** How long, in its two largest units: 42 s, 3 min 5 s, 2 h 10 min. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, min, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h > 0) return `${h} h ${min} min`;
  return min > 0 ? `${min} min ${s} s` : `${s} s`;
}
