/**
 * The environment as the commands of `src/cli` see it. Somebody types them on the machine where the
 * service is developed, so that is what NODE_ENV says unless it is set; a deployment sets it. Nobody asks a command how
 * it fares, and its batches are slow by design.
 */
export const commandEnvironment = (): Readonly<Record<string, string | undefined>> => ({
  ...process.env,
  NODE_ENV: process.env.NODE_ENV || 'development',
  METRICS_ENABLED: process.env.METRICS_ENABLED || 'false',
});
