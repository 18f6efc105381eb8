/** How a server was come by. `running`: another process of this project had started it over the same data. */
export type ServerSource = 'environment' | 'running' | 'path' | 'cache' | 'memory-server' | 'cargo' | 'wheel';

export interface EmbeddedOptions {
  /** Data and servers are kept and shared here; without it the data are temporary and gone when the servers are. */
  readonly dataDir?: string;
  /** `mongod-like`: worth an installation of minutes to get query plans that equal mongod's (the tests ask for it). */
  readonly queryPlans: 'any' | 'mongod-like';
  readonly log: (line: string) => void;
}

export interface EmbeddedMongodb {
  readonly source: ServerSource;
  /** Whether this server's planner uses the indexes that mongod would use. */
  readonly plansLikeMongod: boolean;
  /** The server's own process, when it runs on this machine at our word. */
  readonly pid?: number;
}

export interface EmbeddedRedis {
  readonly source: ServerSource;
  readonly pid?: number;
}

export interface EmbeddedServers {
  readonly mongodbUri: string;
  readonly redisUrl: string;
  readonly mongodb: EmbeddedMongodb;
  readonly redis: EmbeddedRedis;
  /** Stops what this call started (nothing, if it only found running servers). May be called often, and at any time. */
  stop(): Promise<void>;
}
