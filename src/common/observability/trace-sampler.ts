import { randomBytes } from 'node:crypto';
import type { IdGenerator, Sampler, SamplingResult } from '@opentelemetry/sdk-trace';

/** What the SDK calls them; its enum would have to be loaded with it. */
const NOT_RECORD = 0;
const RECORD_AND_SAMPLED = 2;
/** As many of an id's random bits as a number holds with room to spare. */
const RANGE = 2 ** 48;

/**
 * Keeps a share of the traces that begin here. Which ones follows from their ids alone, by their last 56 bits
 * (OpenTelemetry, probability sampling; of which the first 48 are read), so that whoever goes by them keeps the same.
 */
export class TraceSampler implements Sampler {
  /** @param share from 0 to 1 */
  constructor(private readonly share: number) {}

  shouldSample(_context: unknown, traceId: string): SamplingResult {
    return { decision: isKept(randomnessOf(traceId), this.share) ? RECORD_AND_SAMPLED : NOT_RECORD };
  }

  toString(): string {
    return `TraceSampler{${this.share}}`;
  }
}

/** Makes the ids of traces and spans. */
export class TraceIds implements IdGenerator {
  private drawn: string | undefined;

  /**
   * Decides of a trace before it has an id, which costs next to nothing where it isn't kept.
   * @returns whether it is kept; the next id then is one that the sampler keeps
   */
  draw(share: number): boolean {
    const randomness = Math.floor(Math.random() * RANGE);
    if (!isKept(randomness, share)) return false;
    const hex = randomBytes(10).toString('hex');
    this.drawn = `${hex.slice(0, 18)}${randomness.toString(16).padStart(12, '0')}${hex.slice(18)}`;
    return true;
  }

  generateTraceId(): string {
    const { drawn } = this;
    this.drawn = undefined;
    return drawn ?? randomBytes(16).toString('hex');
  }

  generateSpanId(): string {
    return randomBytes(8).toString('hex');
  }
}

const randomnessOf = (traceId: string): number => Number.parseInt(traceId.slice(18, 30), 16);

const isKept = (randomness: number, share: number): boolean => randomness >= (1 - share) * RANGE;
