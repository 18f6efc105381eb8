import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import { commentText, EventStream, eventText } from './event-stream.js';

it('an event is one line of data, under its name and id', async () => {
  const stream = new EventStream(2000, 1);
  stream.tell(commentText('here'));
  stream.send(eventText('snapshot', 7, { said: 'two\nlines' }));
  expect(await text(stream)).toBe('retry: 2000\n\n: here\n\nid: 7\nevent: snapshot\ndata: {"said":"two\\nlines"}\n\n');
});

it('a reader who takes nothing is dropped before much waits for them', async () => {
  const stream = new EventStream(2000);
  const dropped = once(stream, 'close');
  const event = eventText('snapshot', 1, { figures: 'x'.repeat(10_000) });
  let most = 0;
  for (let sent = 0; sent < 100; sent += 1) {
    stream.send(event);
    most = Math.max(most, stream.readableLength);
  }
  await dropped;
  expect(stream.destroyed).toBe(true);
  expect(most).toBeLessThan(300_000);
});

it('what ended is sent nothing more', async () => {
  const stream = new EventStream(2000, 1);
  const event = eventText('snapshot', 1, {});
  stream.send(event);
  stream.send(event);
  stream.tell(commentText('late'));
  stream.finish();
  expect((await text(stream)).match(/event:/g)).toHaveLength(1);
});
