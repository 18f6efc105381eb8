import { BSON, type Db, type Document } from 'mongodb';
import type { CapturedCommand } from '../../src/common/database/captured-commands.js';
import { type Explainable, explainable } from '../../src/common/database/explain-command.js';
import { explain, PLANS_LIKE_MONGOD } from '../support/explain.js';

/** What queries cost the database. */
export interface QueryFigures {
  /** Of indexes, by reads and writes. */
  readonly keys: number;
  /** By reads and writes. */
  readonly documents: number;
  /** That reads answered. */
  readonly rows: number;
  readonly rowBytes: number;
}

/**
 * Has the database explain the commands and answer the reads among them once more, over the data as it is now. Where it
 * doesn't plan as mongod does, what it examines isn't asked.
 */
export async function queryFigures(db: Db, commands: readonly CapturedCommand[]): Promise<QueryFigures> {
  const figures = { keys: 0, documents: 0, rows: 0, rowBytes: 0 };
  for (const { name, command } of commands) {
    const rows = await rowsOf(db, name, command);
    figures.rows += rows.length;
    for (const row of rows) figures.rowBytes += BSON.calculateObjectSize(row);
    for (const part of PLANS_LIKE_MONGOD ? explainable(name, command) : []) {
      const { keys, documents } = await examined(db, part);
      figures.keys += keys;
      figures.documents += documents;
    }
  }
  return figures;
}

/**
 * The tests' MongoDB (SecantusDB) plans as mongod does, but for two figures that are made equal here: how many keys past
 * the end of a range are looked at, of which none is counted, and the documents of a count, which it is shown to fetch
 * where mongod counts keys alone.
 */
async function examined(db: Db, { name, command }: Explainable): Promise<Pick<QueryFigures, 'keys' | 'documents'>> {
  const { keys, documents, matched } = await explain(db, command);
  const [first, second]: readonly Document[] = command['pipeline'] ?? [];
  const reduces = second !== undefined && ('$count' in second || '$group' in second);
  const found = reduces ? await db.collection(command[name]).countDocuments(first?.['$match']) : matched;
  const pastTheEnd = keys > found && keys <= found + ranges(command);
  const countsKeys = reduces && keys > 0 && typeof second['$group']?._id !== 'string';
  return { keys: pastTheEnd ? found : keys, documents: countsKeys ? 0 : documents };
}

/** Each value of an `$in` is a range of its own. */
const ranges = (command: Document): number =>
  /"\$in":\[([^\]]*)\]/.exec(JSON.stringify(command))?.[1]?.split(',').length ?? 1;

/** What belongs to the session and the server that a command was sent to. */
const NOT_OF_THE_QUERY = new Set(
  'lsid $clusterTime txnNumber startTransaction autocommit $db readConcern writeConcern maxTimeMS'.split(' '),
);

async function rowsOf(db: Db, name: string, command: Document): Promise<readonly Document[]> {
  if (name !== 'find' && name !== 'aggregate') return [];
  const query = Object.fromEntries(Object.entries(command).filter(([key]) => !NOT_OF_THE_QUERY.has(key)));
  return (await db.command(query))['cursor'].firstBatch;
}
