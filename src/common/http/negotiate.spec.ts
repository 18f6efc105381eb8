import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { codingFor } from './negotiate.js';

describe('the coding of an answer (RFC 9110 12.5.3)', () => {
  it.each([
    ['none where the client says nothing', undefined, 'identity'],
    ['none where the client takes none', '', 'identity'],
    ['that which the client takes', 'gzip', 'gzip'],
    ['brotli', 'br', 'br'],
    ['zstd', 'zstd', 'zstd'],
    ['the smallest of those that the client likes equally', 'gzip, deflate, br, zstd', 'br'],
    ['the smallest, whatever comes first', 'zstd, gzip, br', 'br'],
    ['zstd rather than gzip', 'gzip, zstd', 'zstd'],
    ['the one that the client likes best', 'br;q=0.5, gzip;q=0.9, zstd;q=0.1', 'gzip'],
    ['decided by thousandths', 'br;q=0.998, gzip;q=0.999', 'gzip'],
    ['coded when the client likes that little', 'gzip;q=0.001', 'gzip'],
    ['never one that the client refuses', 'br;q=0, gzip', 'gzip'],
    ['none when the client refuses what there is', 'br;q=0, gzip;q=0.0, zstd;q=0.000', 'identity'],
    ['none that we do not make', 'deflate, compress', 'identity'],
    ['none for an unknown one', 'unheard-of', 'identity'],
    ['any for a client that takes any', '*', 'br'],
    ['any but those that are refused', '*, br;q=0', 'zstd'],
    ['named before any', '*;q=0.1, gzip', 'gzip'],
    ['none when everything else is refused', 'identity, *;q=0', 'identity'],
    ['none when that is liked best', 'identity, gzip;q=0.5', 'identity'],
    ['one when identity is refused', 'identity;q=0, gzip', 'gzip'],
    ['one when identity is refused by name', 'identity;q=0, *', 'br'],
    ['none when all is refused, as there must be an answer', '*;q=0', 'identity'],
    ['the same in capitals', 'GZIP', 'gzip'],
    ['the same with spaces', ' gzip ; q=1 , br ; q=0.2 ', 'gzip'],
    ['none for nonsense', ';;,,=;q', 'identity'],
  ])('is %s', (_, header, coding) => {
    expect(codingFor(header)).toBe(coding);
  });

  it('is the same when asked again', () => {
    const header = 'br;q=0.3, zstd;q=0.4';
    expect([codingFor(header), codingFor(header)]).toEqual(['zstd', 'zstd']);
  });
});

describe('many different headers', () => {
  it('are answered rightly all the same', () => {
    const wrong = Array.from({ length: 2_000 }, (_, at) => at).filter(
      (at) => codingFor(`gzip, x-${at}`) !== 'gzip' || codingFor(`zstd, x-${at}`) !== 'zstd',
    );
    expect(wrong).toEqual([]);
  });

  it('take no memory that grows with them', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const heap = (): number => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const before = heap();
    const headers = 4_000;
    const bytes = 16_000; // as long as Node lets a request's headers be
    for (let at = 0; at < headers; at += 1) codingFor(`${'x'.repeat(bytes)}${at}`);
    expect(heap() - before).toBeLessThan((headers * bytes) / 4);
  });
});
