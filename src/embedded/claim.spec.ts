import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Claim, readClaim } from './claim.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claim-spec-'));
  file = join(folder, 'servers.json');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('a claim', () => {
  it('is held once, and free again after its release', () => {
    const first = Claim.take(file);
    expect(first).toBeDefined();
    expect(Claim.take(file)).toBeUndefined();
    first?.release();
    expect(Claim.take(file)).toBeDefined();
  });

  it('shows what its living holder published, for the eyes of its user only', () => {
    Claim.take(file)?.publish({ port: 1234 });
    expect(readClaim(file)).toMatchObject({ owner: { pid: process.pid }, port: 1234 });
    expect(readdirSync(folder)).toEqual(['servers.json']);
  });

  it.each([
    ['a process that is gone', '{"owner":{"pid":4194304,"since":"1"},"port":1}'],
    ['a process whose number was used again', `{"owner":{"pid":${process.pid},"since":"before"},"port":1}`],
  ])('of %s is taken over with what that had published', (_, text) => {
    writeFileSync(file, text);
    expect(readClaim(file)).toBeUndefined();
    expect(Claim.take(file)?.inherited).toMatchObject({ port: 1 });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ owner: { pid: process.pid } });
  });

  it.each(['', '{"own', 'null', '{"owner":{"pid":"x"}}'])('of unreadable contents (%p) is taken over', (text) => {
    writeFileSync(file, text);
    expect(Claim.take(file)).toBeDefined();
    expect(readdirSync(folder)).toEqual(['servers.json']);
  });
});
