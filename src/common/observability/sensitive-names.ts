/** What the name of a field says about its value: nothing may be shown, no text may be shown, or it may be shown. */
export type Sensitivity = 'secret' | 'secret-text' | 'shown';

/**
 * Words that say so where a name ends in them, whatever stands before: `newPassword`, `x-api-key`, `contact.email`.
 * `stringValue` is what Mongoose's errors call the value that they refuse.
 */
const WORDS = [
  'pass(?:word|wd|phrase|code)',
  'pwd',
  'secret',
  'token',
  'jwt',
  'assertion',
  'credential',
  'authorization',
  'cookie',
  '(?:api|access|private|secret|signing|encryption|admin|platform|master|idempotency)[-_ ]?key',
  'e[-_]?mail',
  'phone',
  'mobile',
  'fax',
  'licen[cs]e[-_ ]?(?:number|no)',
  'npi',
  'ssn',
  'stringvalue',
].join('|');

/** The source of a regular expression, to be used without regard to case. */
export const SECRET_NAME = `(?:${WORDS})(?:[-_ ]?(?:hash|number|address|no|value))?s?`;

const secretName = new RegExp(`${SECRET_NAME}$`, 'i');

/** As a name of its own each may hold a secret; but MongoDB calls the fields of an index `key` as well. */
const secretText = /^(?:key|auth|value)$/i;

/** What `name` says about the value of a field. */
export function sensitivityOf(name: string): Sensitivity {
  if (secretName.test(name)) return 'secret';
  return secretText.test(name) ? 'secret-text' : 'shown';
}

/** Ids that clients choose, or that are random: a telephone number in them is none. */
export const isIdName = (name: string): boolean => /^(?:correlation|trace|span)Ids?$/.test(name);

/** Headers with a secret, which Node also tells as a list of names and values by turns. */
export const isSecretHeader = (name: string): boolean =>
  /^(?:(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|idempotency-key)$/i.test(name);
