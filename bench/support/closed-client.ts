import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';
import type { ClosedInput, ClosedOutput } from './closed-load.js';
import { latencyOf } from './latency.js';

/**
 * A closed-loop load, as a program of its own: what else a process has in memory slows down its garbage collection, and
 * a slow client would be taken for a slow server. Takes ClosedInput as JSON on standard input, prints ClosedOutput.
 */
const { url, connections, seconds, requests, durations }: ClosedInput = JSON.parse(await text(process.stdin));

// Each connection begins elsewhere: they would all ask for the same at the same time.
const OF_A_CONNECTION = 100;
let connection = 0;

const ofSeconds: number[][] = [];
const start = performance.now();
const running = autocannon(
  {
    url,
    connections,
    duration: seconds,
    idReplacement: requests.some(({ body }) => body?.includes('[<id>]') === true),
    requests: requests.slice(0, 1).map((each) => ({ ...each })),
    setupClient: (client) => {
      const first = Math.floor((connection * requests.length) / connections);
      connection += 1;
      const turned = [...requests.slice(first), ...requests.slice(0, first)].slice(0, OF_A_CONNECTION);
      client.setRequests(turned.map((each) => ({ ...each })));
    },
  },
  () => undefined,
);
if (durations) {
  running.on('response', (_client, _status, _bytes, duration) => {
    const second = Math.floor((performance.now() - start) / 1000);
    while (ofSeconds.length <= second) ofSeconds.push([]);
    ofSeconds[second]?.push(duration);
  });
}
const result = await new Promise<autocannon.Result>((resolve, reject) => {
  running.on('done', resolve);
  running.on('error', reject);
});
const statuses = Object.entries(result.statusCodeStats ?? {}).map(
  ([status, { count }]) => [status, count ?? 0] as const,
);
const output: ClosedOutput = {
  throughput: result.requests.average,
  statuses: Object.fromEntries(statuses),
  failures: result.errors + result.timeouts,
  latency: latencyOf(ofSeconds.flat()),
  timeline: ofSeconds.map((those, second) => ({ second, latency: latencyOf(those) })),
};
console.log(JSON.stringify(output));
