import type { IncomingHttpHeaders } from 'node:http';
import { createTraceState, type SpanContext } from '@opentelemetry/api';

/** Version, trace id, parent id, flags; later versions may say more (W3C Trace Context 3.2). */
const TRACEPARENT = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const LONGEST_STATE = 512;

/** The span of the client's that a request belongs to; undefined where it names none, or names it wrongly. */
export function traceParentOf({ traceparent, tracestate }: IncomingHttpHeaders): SpanContext | undefined {
  if (typeof traceparent !== 'string') return undefined;
  const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === '00' && more !== undefined) return undefined;
  const state = typeof tracestate === 'string' && tracestate.length <= LONGEST_STATE ? tracestate : undefined;
  return {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(state !== undefined && { traceState: createTraceState(state) }),
  };
}
