import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { installOnce } from './install-once.js';

let cache: string;
let folder: string;
const onWait = jest.fn();
const isGood = (candidate: string) => Promise.resolve(existsSync(join(candidate, 'server')));
const install = jest.fn(async (empty: string) => writeFileSync(join(empty, 'server'), ''));

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'install-spec-'));
  folder = join(cache, 'server-1');
  jest.clearAllMocks();
});

afterEach(() => rmSync(cache, { recursive: true }));

describe('an installation', () => {
  it('is made once and found afterwards', async () => {
    await installOnce({ folder, isGood, install, onWait });
    await installOnce({ folder, isGood, install, onWait });
    expect(install).toHaveBeenCalledTimes(1);
    expect(readdirSync(cache)).toEqual(['server-1']);
  });

  it('that two want at once is made by one, while the other waits', async () => {
    const both = [1, 2].map(() => installOnce({ folder, isGood, install, onWait }));
    expect(await Promise.all(both)).toEqual([folder, folder]);
    expect(install).toHaveBeenCalledTimes(1);
    expect(onWait).toHaveBeenCalledTimes(1);
  });

  it('that was interrupted is swept and made again', async () => {
    mkdirSync(join(cache, 'server-1.tmp-of-a-dead-process'));
    mkdirSync(folder); // and one that is there, but is no good
    await installOnce({ folder, isGood, install, onWait });
    expect(readdirSync(cache)).toEqual(['server-1']);
    expect(readdirSync(folder)).toEqual(['server']);
  });

  it('that fails leaves nothing behind, and the next try is free', async () => {
    const failing = () => Promise.reject(new Error('no compiler'));
    await expect(installOnce({ folder, isGood, install: failing, onWait })).rejects.toThrow('no compiler');
    const useless = () => Promise.resolve();
    await expect(installOnce({ folder, isGood, install: useless, onWait })).rejects.toThrow('does not work');
    expect(readdirSync(cache)).toEqual([]);
  });
});
