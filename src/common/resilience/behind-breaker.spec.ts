import { afterEach, expect, it } from '@jest/globals';
import { BehindBreaker } from './behind-breaker.js';
import { Dependency } from './dependency.js';
import { Unavailable } from './unavailable.js';

const away = new Dependency('token issuer', () => true);
away.silent('no answer');
const there = new Dependency('token issuer', () => true);
afterEach(() => {
  away.stop();
  there.stop();
});

class Issuer {
  asked = 0;

  constructor(
    private readonly name: string,
    private readonly dependency: Dependency | undefined,
  ) {}

  @BehindBreaker((self: Issuer) => self.dependency)
  async keyOf(id: string, version: number): Promise<string> {
    this.asked += 1;
    return `${this.name} ${id} ${version}`;
  }
}

it('a decorated method is called with its object and arguments', async () => {
  expect(await new Issuer('ours', there).keyOf('a', 2)).toBe('ours a 2');
});

it('it is not called while what its object stands on is away, each object for itself', async () => {
  const issuer = new Issuer('ours', away);
  await expect(issuer.keyOf('a', 2)).rejects.toBeInstanceOf(Unavailable);
  expect(issuer.asked).toBe(0);
});

it('it runs as it is where the object stands on nothing', async () => {
  expect(await new Issuer('ours', undefined).keyOf('a', 2)).toBe('ours a 2');
});
