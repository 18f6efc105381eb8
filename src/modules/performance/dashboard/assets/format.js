/** Numbers as people on call read them: few digits, aligned, with their unit. What isn't known is a dash. */

const NOTHING = '–';
const isFigure = (value) => typeof value === 'number' && Number.isFinite(value);

/** Three digits that say something: 0.042, 4.25, 42.5, 425, 4,250. */
export function figure(value) {
  if (!isFigure(value)) return NOTHING;
  if (value === 0) return '0';
  const size = Math.abs(value);
  const digits = size < 0.1 ? 3 : size < 10 ? 2 : size < 100 ? 1 : 0;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export const count = (value) => (isFigure(value) ? Math.round(value).toLocaleString('en') : NOTHING);

export const ms = (value) =>
  !isFigure(value) ? NOTHING : value >= 1_000 ? `${figure(value / 1000)} s` : `${figure(value)} ms`;

export const perSecond = (value) => (isFigure(value) ? `${figure(value)}/s` : NOTHING);

/** A share of 1 in percent; cut off rather than rounded: what isn't all must not look like it. */
export const percent = (share, digits = digitsOf(share)) =>
  isFigure(share) ? `${(Math.floor(share * 100 * 10 ** digits + 1e-6) / 10 ** digits).toFixed(digits)} %` : NOTHING;

const digitsOf = (share) => (share === 0 || share === 1 ? 0 : share < 0.001 ? 3 : share < 0.1 || share > 0.999 ? 2 : 1);

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];
export function bytes(value) {
  if (!isFigure(value)) return NOTHING;
  const unit = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log(Math.max(1, value)) / Math.log(1024))));
  const size = value / 1024 ** unit;
  return `${size.toLocaleString('en', { maximumFractionDigits: unit === 0 || size >= 100 ? 0 : 1 })} ${UNITS[unit]}`;
}

/** Without the zeros that only align it. */
export const short = (text) => text.replace(/(\.\d*?)0+(?=\D|$)/, '$1').replace(/\.(?=\D|$)/, '');

/** How long, in its two largest units: 42 s, 3 min 5 s, 2 h 10 min, 4 d 2 h. */
export function duration(seconds) {
  if (!isFigure(seconds)) return NOTHING;
  const whole = Math.max(0, Math.round(seconds));
  const [d, h, min, s] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  if (d > 0) return `${d} d ${h} h`;
  if (h > 0) return `${h} h ${min} min`;
  return min > 0 ? `${min} min ${s} s` : `${s} s`;
}

/** The time of day; with the date where it isn't today's. */
export function clock(instant) {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return NOTHING;
  const time = date.toLocaleTimeString('en-GB');
  return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString('en-CA')} ${time}`;
}

/** How long ago: `12 s ago`. */
export const ago = (instant) => {
  const seconds = (Date.now() - Date.parse(instant)) / 1000;
  if (!isFigure(seconds)) return NOTHING;
  return seconds < 60
    ? `${Math.max(0, Math.round(seconds))} s ago`
    : `${duration(Math.round(seconds / 60) * 60).replace(/ 0 (s|min|h)$/, '')} ago`;
};
