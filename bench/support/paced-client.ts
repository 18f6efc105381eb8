import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Arrivals, ArrivalsResult, Flow, Step } from './flow.js';
import { latencyOf } from './latency.js';

/**
 * Begins flows at a fixed rate and measures each from when it was due, so that what a stall holds up is counted (no
 * coordinated omission). A program of its own, as a busy client would be taken for a slow server. Takes `{ url } & Arrivals`
 * as JSON on standard input, prints an ArrivalsResult. autocannon's overallRate sends the share of each connection at once
 * as a second begins, and takes a millisecond for the interval between requests whatever the rate is.
 */
const { url, flows, arrivals, seconds, connections }: { readonly url: string } & Arrivals = JSON.parse(
  await text(process.stdin),
);
const agent = new Agent({ keepAlive: true, maxSockets: connections });

const whole: number[] = [];
const ofSteps = new Map<string, number[]>();
const ofSeconds: number[][] = [];
let [answers, hits, bytes, unexpected] = [0, 0, 0, 0];
let firstUnexpected: string | undefined;

const start = performance.now();
await arriveAll();
agent.destroy();
const result: ArrivalsResult = {
  latency: latencyOf(whole),
  steps: [...ofSteps].map(([step, durations]) => ({ step, latency: latencyOf(durations) })),
  hits: hits / answers,
  bytes: bytes / answers,
  unexpected,
  ...(firstUnexpected !== undefined && { firstUnexpected }),
  timeline: ofSeconds.map((durations, second) => ({ second, latency: latencyOf(durations) })),
};
console.log(JSON.stringify(result));

async function arriveAll(): Promise<void> {
  const count = Math.round(arrivals * seconds);
  const begun: Promise<void>[] = [];
  while (begun.length < count) {
    const due = start + (begun.length * 1000) / arrivals;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    const flow = flows[begun.length % flows.length];
    // A timer may fire up to a millisecond before its time: what is sent early counts from then.
    if (flow) begun.push(run(flow, begun.length, Math.min(due, performance.now())));
  }
  await Promise.all(begun);
}

async function run({ steps }: Flow, number: number, begunAt: number): Promise<void> {
  const kept = new Map([['n', `${process.pid}-${number}`]]);
  let from = begunAt;
  for (const step of steps) {
    const problem = await take(step, kept).catch((error: unknown) => `${error}`);
    const now = performance.now();
    if (problem !== undefined) {
      unexpected += 1;
      firstUnexpected ??= `${step.name}: ${problem}`;
      return;
    }
    const durations = ofSteps.get(step.name) ?? [];
    durations.push(now - from);
    ofSteps.set(step.name, durations);
    from = now;
  }
  whole.push(from - begunAt);
  const second = Math.floor((from - start) / 1000);
  while (ofSeconds.length <= second) ofSeconds.push([]);
  ofSeconds[second]?.push(from - begunAt);
}

/** @returns what is wrong with the answer, if anything */
async function take(
  { method = 'GET', path, headers, body, status, keep }: Step,
  kept: Map<string, string>,
): Promise<string | undefined> {
  const filled = (template: string) => template.replace(/\{(\w+)\}/g, (whole, name) => kept.get(name) ?? whole);
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(value)]));
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`${url}${filled(path)}`, { method, headers: given, agent }, resolve)
      .on('error', reject)
      .end(body === undefined ? undefined : filled(body));
  });
  const chunks: Buffer[] = await answer.toArray();
  const sent = Buffer.concat(chunks);
  answers += 1;
  bytes += sent.length;
  if (answer.headers['x-cache'] === 'HIT') hits += 1;
  if (answer.statusCode !== status) return `${answer.statusCode} ${sent.toString().slice(0, 300)}`;
  if (keep) {
    const record: unknown = JSON.parse(sent.toString());
    for (const [name, property] of Object.entries(keep)) kept.set(name, String(Reflect.get(Object(record), property)));
  }
  return undefined;
}
