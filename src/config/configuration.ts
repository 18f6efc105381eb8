import { z } from 'zod';

const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');

const integer = (minimum: number, maximum: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().min(minimum).max(maximum));

const uri = (...schemes: readonly string[]) =>
  z.string().refine((value) => schemes.some((scheme) => value.startsWith(`${scheme}://`)), {
    message: `must begin with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  });

const TIERS = ['free', 'basic', 'premium', 'enterprise'];

/** `tier=quota,...` */
const tierLimits = z
  .string()
  .regex(/^[a-z]+=\d{1,8}(?:,[a-z]+=\d{1,8})*$/, 'must look like premium=5000,enterprise=20000')
  .transform((list) => Object.fromEntries(list.split(',').map((pair) => pair.split('='))))
  .refine((limits) => Object.keys(limits).every((tier) => TIERS.includes(tier)), `may name ${TIERS.join(', ')}`)
  .transform((limits) => Object.fromEntries(Object.entries(limits).map(([tier, quota]) => [tier, Number(quota)])));

/** How long entries live by default, in seconds. A write voids them at once; this bounds what writes from outside leave. */
const TTL_SECONDS = {
  organizations: 300,
  clinics: 300,
  providers: 300,
  assignments: 60,
  lists: 30,
  counts: 30,
  summaries: 120,
};

/** `what=seconds,...` */
const ttlSeconds = z
  .string()
  .regex(/^[a-z]+=\d{1,4}(?:,[a-z]+=\d{1,4})*$/, 'must look like clinics=300,lists=30')
  .transform((list) => Object.fromEntries(list.split(',').map((pair) => pair.split('='))))
  .refine(
    (ttls) => Object.keys(ttls).every((name) => Object.hasOwn(TTL_SECONDS, name)),
    `may name ${Object.keys(TTL_SECONDS).join(', ')}`,
  )
  .transform((ttls) => Object.fromEntries(Object.entries(ttls).map(([name, seconds]) => [name, Number(seconds)])))
  .refine((ttls) => Object.values(ttls).every((seconds) => seconds >= 1 && seconds <= 3600), 'must be from 1 to 3600');

/** How old an answer may be that is served while the database is away, in seconds. */
const STALE_SECONDS = 600;

/**
 * Every variable of the environment that the service reads. The description of each is what
 * `.env.performance.example` says of it; a test holds the two together.
 */
export const environmentSchema = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('production')
    .describe('production verifies the indexes at start; development and test also create them'),
  HOST: z.string().min(1).default('0.0.0.0').describe('address to listen on'),
  PORT: integer(0, 65_535).default(3017).describe('port to listen on; 0 takes a free one'),
  MONGODB_URI: uri('mongodb', 'mongodb+srv').describe('MongoDB replica set (transactions need one); required'),
  MONGODB_DATABASE: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,60}$/, 'must be 1 to 60 letters, digits, _ or -')
    .default('enterprise')
    .describe('name of the database'),
  MONGODB_MAX_POOL_SIZE: integer(1, 1000).default(50).describe('most connections to MongoDB of this process'),
  MONGODB_MIN_POOL_SIZE: integer(0, 1000).default(5).describe('connections kept open when idle'),
  MONGODB_MAX_IDLE_TIME_MS: integer(0, 86_400_000)
    .default(300_000)
    .describe('an idle connection over the minimum is closed after this many milliseconds'),
  REDIS_URL: uri('redis', 'rediss').describe('Redis or Valkey; required'),
  CACHE_ENABLED: flag
    .default(true)
    .describe('false: every read goes to the database; writes still tell other processes'),
  CACHE_WRITE_POLICY: z
    .enum(['fenced', 'strict', 'available'])
    .default('fenced')
    .describe(
      'a write while Redis is away: fenced takes two seconds longer, strict is refused, available may be missed by other processes for two seconds',
    ),
  CACHE_MEMORY_BYTES: integer(0, 17_179_869_184)
    .default(33_554_432)
    .describe('most bytes of answers kept in the memory of this process'),
  CACHE_TTL_SECONDS: ttlSeconds.default({}).describe(
    `how long entries live, unless voided by a write: ${Object.entries(TTL_SECONDS)
      .map((pair) => pair.join('='))
      .join(',')} by default; others such as clinics=600,lists=10`,
  ),
  CACHE_STALE_SECONDS: ttlSeconds
    .default({})
    .describe(
      `how old the last known answers may be that are served, marked as stale, while the database is away: ${STALE_SECONDS} each by default; others such as clinics=60,lists=10`,
    ),
  CACHE_VERSIONS_REDIS_URL: uri('redis', 'rediss')
    .optional()
    .describe('Redis for the versions of the cache, which must not be evicted, where REDIS_URL evicts with allkeys-*'),
  CACHE_SAMPLE_EVERY: integer(0, 1_000_000)
    .default(100)
    .describe('one write in so many is read back through the cache to prove that nothing stale is served; 0 for none'),
  CACHE_FOLLOW_CHANGES: flag
    .default(false)
    .describe('true: writes to the database that go past the service void the cache too (change streams)'),
  PLATFORM_ADMIN_KEY: z
    .string()
    .min(16, 'must have 16 characters or more')
    .optional()
    .describe("accepted as a platform admin's API key, to make the first keys with"),
  AUTH_ISSUER: z.string().min(1).default('enterprise-service').describe('issuer of the tokens that this service signs'),
  AUTH_AUDIENCE: z.string().min(1).default('enterprise-service').describe('audience that a token must name'),
  AUTH_TOKEN_TTL_SECONDS: integer(30, 3600).default(900).describe('how long a token from /auth/token is valid'),
  AUTH_EXTERNAL_ISSUER: z
    .string()
    .min(1)
    .optional()
    .describe('issuer whose tokens are accepted too, with the claims organization_id and role'),
  AUTH_EXTERNAL_JWKS_URL: uri('http', 'https')
    .optional()
    .describe('where the public keys of that issuer are published'),
  AUTH_FAILED_LOGINS_PER_MINUTE: integer(1, 100_000)
    .default(30)
    .describe('failed sign-ins an address may make before it is refused for a minute'),
  RATE_LIMIT_TENANT_PER_MINUTE: integer(0, 10_000_000)
    .default(1000)
    .describe('requests a minute of an organization, which is also its burst; 0 turns its limits off, of all tiers'),
  RATE_LIMIT_TIERS: tierLimits
    .default({})
    .describe('other limits for subscription tiers, such as premium=5000,enterprise=20000'),
  RATE_LIMIT_KEY_PER_MINUTE: integer(0, 10_000_000)
    .default(0)
    .describe('requests a minute of one API key, of the platform too; 0 is no limit'),
  DEADLINE_MS: integer(100, 600_000).default(30_000).describe('how long a request may take before it is answered 504'),
  DEADLINE_SEARCH_MS: integer(100, 600_000).default(5_000).describe('the same for searches'),
  DEADLINE_REPORT_MS: integer(100, 600_000).default(120_000).describe('the same for reports such as summaries'),
  SHED_EVENT_LOOP_DELAY_MS: integer(0, 60_000)
    .default(250)
    .describe(
      'event-loop delay (p90 of half a second, twice in a row) from which reads of the heaviest tenants are refused; 0 never',
    ),
  TRUST_PROXY: flag
    .default(false)
    .describe('true: the client address is taken from X-Forwarded-For; only behind a proxy that sets it'),
  CORS_ORIGINS: z
    .string()
    .transform((list) => list.split(',').map((origin) => origin.trim()))
    .pipe(
      z.array(
        z.url({ protocol: /^https?$/, error: 'must be origins such as https://app.example.com, separated by commas' }),
      ),
    )
    .default([])
    .describe('origins of web pages that may call the API, separated by commas; none by default'),
  CURSOR_SECRET: z
    .string()
    .min(32, 'must have 32 characters or more')
    .optional()
    .describe('secret that seals list cursors; without it one is made and kept in the database'),
  CURSOR_TTL_SECONDS: integer(60, 2_592_000).default(86_400).describe('how long a list cursor can be used'),
  BODY_LIMIT_BYTES: integer(1024, 67_108_864).default(1_048_576).describe('largest request body'),
  HTTP_MAX_CONNECTIONS: integer(16, 1_000_000)
    .default(10_000)
    .describe('most open connections; below what the process may have open files (ulimit -n)'),
  HTTP_HEADERS_TIMEOUT_MS: integer(100, 600_000)
    .default(15_000)
    .describe('how long a client may take to send the head of a request, the first one from when it connects'),
  HTTP_REQUEST_TIMEOUT_MS: integer(100, 3_600_000)
    .default(60_000)
    .describe('how long a client may take to send a whole request'),
  HTTP_KEEP_ALIVE_MS: integer(0, 3_600_000)
    .default(72_000)
    .describe('how long an idle connection is kept; longer than the load balancer in front keeps it'),
  HTTP_SILENCE_TIMEOUT_MS: integer(0, 3_600_000)
    .default(30_000)
    .describe('a client that reads nothing of its answer for so long is cut off; 0 never'),
  REQUIRE_IF_MATCH: flag.default(false).describe('true: PUT, PATCH and DELETE without If-Match are refused with 428'),
  COUNT_TIMEOUT_MS: integer(1, 60_000)
    .default(2_000)
    .describe('an exact count that takes longer is left out of the answer'),
  DATALOADER_BATCH_WINDOW_MS: integer(0, 100)
    .default(0)
    .describe('how long a DataLoader collects keys; 0 is one turn of the event loop'),
  STOP_DELAY_MS: integer(0, 300_000)
    .optional()
    .describe('how long a process that stops still takes requests, until nobody sends any; 5000 in production, else 0'),
  STOP_TIMEOUT_MS: integer(0, 3_600_000)
    .default(30_000)
    .describe('what still runs this long after that is cut off; the orchestrator must not kill the process before'),
  METRICS_ENABLED: flag
    .default(true)
    .describe('false: requests, queries and the process are not measured, and /performance and /metrics say little'),
  SLOW_QUERY_MS: integer(1, 600_000)
    .default(100)
    .describe('a query that takes longer is slow: it is counted, logged and explained'),
  ALERT_RULES_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('JSON file with the rules of /performance/alerts, which takes the place of those of the service'),
  OTEL_EXPORTER_OTLP_ENDPOINT: uri('http', 'https')
    .optional()
    .describe('where traces are sent by OTLP over HTTP, to which /v1/traces is added; without it nothing is traced'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: uri('http', 'https')
    .optional()
    .describe('the same for traces alone, as it is, such as http://127.0.0.1:4318/v1/traces'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(?:0(?:\.\d+)?|1(?:\.0+)?)$/, 'must be a number from 0 to 1')
    .transform(Number)
    .optional()
    .describe('share of the traces that begin here that is kept; 0.1 in production, else 1'),
  OTEL_SERVICE_NAME: z.string().min(1).default('enterprise-service').describe('name of the service in traces'),
  SENTRY_DSN: z
    .url({ protocol: /^https?$/, error: 'must be a DSN such as https://key@sentry.example.com/1' })
    .refine((dsn) => /^https?:\/\/\w+@[^/]+\/(?:.+\/)?\d+$/.test(dsn), {
      message: 'must be a DSN such as https://key@sentry.example.com/1',
    })
    .optional()
    .describe('where errors of the service are reported (Sentry, or what takes its envelopes); none without'),
  SENTRY_ENVIRONMENT: z
    .string()
    .regex(/^[^\s/]{1,64}$/, 'must have 1 to 64 characters without spaces and slashes')
    .optional()
    .describe('name of the environment in such reports; as NODE_ENV by default'),
  LOG_LEVEL: z.enum(['error', 'warn', 'log', 'debug', 'verbose']).default('log').describe('least severe line logged'),
});

export type Environment = z.output<typeof environmentSchema>;

/** The validated, frozen configuration of the process, grouped by what it configures. */
export type Configuration = ReturnType<typeof arrange>;

/** All mistakes of an environment at once, one line each; its message is fit for the operator's terminal. */
export class ConfigurationError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(
      `The configuration has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n${mistakes.map((line) => `  - ${line}`).join('\n')}`,
    );
    this.name = 'ConfigurationError';
  }
}

/**
 * Parses an environment into the configuration. An empty variable counts as unset.
 * @throws {ConfigurationError} that lists every mistake, never a value (it may be a secret).
 */
export function parseConfiguration(environment: Readonly<Record<string, string | undefined>>): Configuration {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    throw new ConfigurationError(
      parsed.error.issues.map((issue) => {
        const name = issue.path.join('.');
        return given[name] === undefined ? `${name} is required` : `${name} ${issue.message}`;
      }),
    );
  }
  if ((parsed.data.AUTH_EXTERNAL_ISSUER === undefined) !== (parsed.data.AUTH_EXTERNAL_JWKS_URL === undefined)) {
    throw new ConfigurationError(['AUTH_EXTERNAL_ISSUER and AUTH_EXTERNAL_JWKS_URL go together']);
  }
  if (parsed.data.HTTP_HEADERS_TIMEOUT_MS > parsed.data.HTTP_REQUEST_TIMEOUT_MS) {
    throw new ConfigurationError(['HTTP_HEADERS_TIMEOUT_MS must not exceed HTTP_REQUEST_TIMEOUT_MS']);
  }
  if (parsed.data.MONGODB_MIN_POOL_SIZE > parsed.data.MONGODB_MAX_POOL_SIZE) {
    throw new ConfigurationError(['MONGODB_MIN_POOL_SIZE must not exceed MONGODB_MAX_POOL_SIZE']);
  }
  return arrange(parsed.data);
}

function arrange(env: Environment) {
  return Object.freeze({
    production: env.NODE_ENV === 'production',
    http: Object.freeze({
      host: env.HOST,
      port: env.PORT,
      bodyLimitBytes: env.BODY_LIMIT_BYTES,
      maxConnections: env.HTTP_MAX_CONNECTIONS,
      headersTimeoutMs: env.HTTP_HEADERS_TIMEOUT_MS,
      requestTimeoutMs: env.HTTP_REQUEST_TIMEOUT_MS,
      keepAliveMs: env.HTTP_KEEP_ALIVE_MS,
      silenceTimeoutMs: env.HTTP_SILENCE_TIMEOUT_MS,
      requireIfMatch: env.REQUIRE_IF_MATCH,
      trustProxy: env.TRUST_PROXY,
      corsOrigins: env.CORS_ORIGINS,
    }),
    mongodb: Object.freeze({
      uri: env.MONGODB_URI,
      database: env.MONGODB_DATABASE,
      maxPoolSize: env.MONGODB_MAX_POOL_SIZE,
      minPoolSize: env.MONGODB_MIN_POOL_SIZE,
      maxIdleTimeMs: env.MONGODB_MAX_IDLE_TIME_MS,
    }),
    redis: Object.freeze({ url: env.REDIS_URL }),
    cache: Object.freeze({
      enabled: env.CACHE_ENABLED,
      writePolicy: env.CACHE_WRITE_POLICY,
      memoryBytes: env.CACHE_MEMORY_BYTES,
      ttlSeconds: Object.freeze({ ...TTL_SECONDS, ...env.CACHE_TTL_SECONDS }),
      staleSeconds: Object.freeze({
        ...Object.fromEntries(Object.keys(TTL_SECONDS).map((kind) => [kind, STALE_SECONDS])),
        ...env.CACHE_STALE_SECONDS,
      }),
      versionsRedisUrl: env.CACHE_VERSIONS_REDIS_URL ?? env.REDIS_URL,
      sampleEvery: env.CACHE_SAMPLE_EVERY,
      followChanges: env.CACHE_FOLLOW_CHANGES,
    }),
    deadlines: Object.freeze({
      standardMs: env.DEADLINE_MS,
      searchMs: env.DEADLINE_SEARCH_MS,
      reportMs: env.DEADLINE_REPORT_MS,
    }),
    lists: Object.freeze({
      cursorSecret: env.CURSOR_SECRET,
      cursorTtlSeconds: env.CURSOR_TTL_SECONDS,
      countTimeoutMs: env.COUNT_TIMEOUT_MS,
    }),
    dataloader: Object.freeze({ batchWindowMs: env.DATALOADER_BATCH_WINDOW_MS }),
    auth: Object.freeze({
      platformAdminKey: env.PLATFORM_ADMIN_KEY,
      issuer: env.AUTH_ISSUER,
      audience: env.AUTH_AUDIENCE,
      tokenTtlSeconds: env.AUTH_TOKEN_TTL_SECONDS,
      externalIssuer: env.AUTH_EXTERNAL_ISSUER,
      externalJwksUrl: env.AUTH_EXTERNAL_JWKS_URL,
      failedLoginsPerMinute: env.AUTH_FAILED_LOGINS_PER_MINUTE,
    }),
    rateLimits: Object.freeze({
      tenantPerMinute: env.RATE_LIMIT_TENANT_PER_MINUTE,
      tiers: env.RATE_LIMIT_TIERS,
      keyPerMinute: env.RATE_LIMIT_KEY_PER_MINUTE,
      shedEventLoopDelayMs: env.SHED_EVENT_LOOP_DELAY_MS,
    }),
    stop: Object.freeze({
      delayMs: env.STOP_DELAY_MS ?? (env.NODE_ENV === 'production' ? 5_000 : 0),
      timeoutMs: env.STOP_TIMEOUT_MS,
    }),
    alerts: Object.freeze({ rulesFile: env.ALERT_RULES_FILE }),
    metrics: Object.freeze({ enabled: env.METRICS_ENABLED, slowQueryMs: env.SLOW_QUERY_MS }),
    tracing: Object.freeze({
      endpoint: env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? tracesBelow(env.OTEL_EXPORTER_OTLP_ENDPOINT),
      sampleShare: env.OTEL_TRACES_SAMPLER_ARG ?? (env.NODE_ENV === 'production' ? 0.1 : 1),
      serviceName: env.OTEL_SERVICE_NAME,
    }),
    errorReports: Object.freeze({ dsn: env.SENTRY_DSN, environment: env.SENTRY_ENVIRONMENT ?? env.NODE_ENV }),
    logLevel: env.LOG_LEVEL,
  });
}

/** OpenTelemetry's exporters add their path to the endpoint that they share. */
const tracesBelow = (endpoint: string | undefined): string | undefined =>
  endpoint === undefined ? undefined : `${endpoint.replace(/\/$/, '')}/v1/traces`;

/** The configuration of this process. */
export const readConfiguration = (): Configuration => parseConfiguration(process.env);
