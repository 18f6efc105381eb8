import type { PoolState } from '../../../common/database/pool-watch.js';
import type { ConcurrencyLimit } from '../../../common/resilience/concurrency-limit.js';
import { counter, type Family, gauge } from './families.js';

/** What the process may do at the database at once, and does. */
export const databaseFamilies = (pool: PoolState, limit: ConcurrencyLimit['state']): readonly Family[] => [
  gauge('mongodb_pool_connections', 'Connections to MongoDB that are open or being opened.', pool.size),
  gauge('mongodb_pool_max_connections', 'The most connections to MongoDB that there may be.', pool.max),
  gauge('mongodb_pool_in_use_connections', 'Connections to MongoDB that are in use.', pool.inUse),
  gauge('mongodb_pool_available_connections', 'Open connections to MongoDB that are not in use.', pool.available),
  gauge('mongodb_pool_waiting_operations', 'Operations that wait for a connection to MongoDB.', pool.waiting),
  gauge('database_limit_operations', 'Operations that may be done at the database at once, now.', limit.limit),
  gauge('database_running_operations', 'Operations that are done at the database.', limit.running),
  gauge('database_waiting_operations', 'Operations that wait for their turn at the database.', limit.waiting),
  counter(
    'database_refused_operations_total',
    'Operations that were refused, as their turn at the database would have come too late.',
    limit.refused,
  ),
];
