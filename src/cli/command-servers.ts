import { commandEnvironment } from '../config/command-environment.js';
import { type Configuration, parseConfiguration } from '../config/configuration.js';

/** Where a command finds its servers. */
export interface CommandServers {
  readonly configuration: Configuration;
  /** Ends what was started for this command; servers of others stay. */
  stop(): Promise<void>;
}

export interface ServersNeeded {
  /** Whether the command also needs Redis. */
  readonly redis: boolean;
  readonly log: (line: string) => void;
}

/**
 * The servers that the environment names; where it names none, and not in production, the embedded ones
 * over `.data`, shared with a running `npm start`.
 * @throws {ConfigurationError}
 */
export async function commandServers({ redis, log }: ServersNeeded): Promise<CommandServers> {
  const environment = commandEnvironment();
  const { MONGODB_URI, REDIS_URL, NODE_ENV } = environment;
  if (NODE_ENV === 'production' || (MONGODB_URI && (REDIS_URL || !redis))) {
    // A command that doesn't need Redis must not ask for its address.
    const unused = redis ? {} : { REDIS_URL: REDIS_URL || 'redis://not-used' };
    return { configuration: parseConfiguration({ ...environment, ...unused }), stop: async () => undefined };
  }
  // Only here: production has neither the embedded servers' dependencies nor a use for them.
  const { startEmbeddedServers } = await import('../embedded/index.js');
  const servers = await startEmbeddedServers({ dataDir: '.data', queryPlans: 'any', log });
  const found = { MONGODB_URI: servers.mongodbUri, REDIS_URL: servers.redisUrl };
  return { configuration: parseConfiguration({ ...environment, ...found }), stop: () => servers.stop() };
}
