import { describe, expect, it } from '@jest/globals';
import { traceParentOf } from './trace-parent.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('the span of the client that a request names', () => {
  it.each([
    ['01', 1],
    ['00', 0],
    ['03', 1],
    ['02', 0],
  ])('is kept, or not, by its flags %s', (flags, traceFlags) => {
    const parent = traceParentOf({ traceparent: `00-${TRACE}-${SPAN}-${flags}` });
    expect(parent).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags, isRemote: true });
  });

  it('may be of a later version, which says more', () => {
    expect(traceParentOf({ traceparent: `cc-${TRACE}-${SPAN}-01-what-is-to-come` })).toMatchObject({ traceId: TRACE });
  });

  it('comes with the state of others, unless that is too long', () => {
    const traceparent = `00-${TRACE}-${SPAN}-01`;
    expect(traceParentOf({ traceparent, tracestate: 'a=1,b=2' })?.traceState?.serialize()).toBe('a=1,b=2');
    expect(traceParentOf({ traceparent, tracestate: `a=${'x'.repeat(600)}` })?.traceState).toBeUndefined();
  });

  it.each([
    '',
    'nonsense',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}`,
    ` 00-${TRACE}-${SPAN}-01`,
  ])('is none where it says %j', (traceparent) => {
    expect(traceParentOf({ traceparent })).toBeUndefined();
  });
});
