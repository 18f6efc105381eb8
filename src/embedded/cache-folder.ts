import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where installed servers are kept between runs and clones. The XDG rules ignore a relative XDG_CACHE_HOME. */
export function cacheFolder(): string {
  const configured = process.env.XDG_CACHE_HOME;
  const base = configured && isAbsolute(configured) ? configured : join(homedir(), '.cache');
  return join(base, 'enterprise-service');
}
