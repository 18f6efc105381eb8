import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runAsService } from '../../src/common/context/request-context.js';
import { insertEach } from '../../src/common/database/insert-each.js';
import { Transactions } from '../../src/common/database/transactions.js';
import { OrganizationsRepository } from '../../src/modules/organizations/organizations.repository.js';
import { everyRow } from '../support/every-row.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const organization = (slug: string) => ({ name: slug, slug, status: 'active', subscriptionTier: 'free' });

/** Inserts them; `meanwhile` happens once, after the transaction has looked for taken values and before it writes. */
async function insert(slugs: readonly string[], meanwhile: () => Promise<unknown> = async () => undefined) {
  let happened = false;
  const outcomes = await runAsService('test', () =>
    insertEach(
      service.app.get(OrganizationsRepository, { strict: false }),
      service.app.get(Transactions, { strict: false }),
      slugs.map(organization),
      async () => {
        if (!happened) {
          happened = true;
          await meanwhile();
        }
        return () => undefined;
      },
    ),
  );
  return outcomes.map(({ made, refused }) => made?.slug ?? refused?.kind);
}

it('each gets its own outcome, in order, and one that is taken stops no other', async () => {
  await insert(['there']);
  expect(await insert(['first', 'there', 'second', 'first'])).toEqual(['first', 'conflict', 'second', 'conflict']);
});

it('one that somebody else makes at the same moment is refused, and the others are made', async () => {
  const rival = () => service.api.post('/organizations', { name: 'Rival', slug: 'raced' });
  expect(await insert(['before', 'raced', 'after'], rival)).toEqual(['before', 'conflict', 'after']);
  const raced = (await everyRow(service.api, '/organizations')).filter(({ slug }) => slug === 'raced');
  expect(raced.map(({ name }) => name)).toEqual(['Rival']);
});

it('none at all is no error', async () => {
  expect(await insert([])).toEqual([]);
});
