import { execFileSync } from 'node:child_process';
import { cpus, release, type as systemName, totalmem } from 'node:os';
import { Redis } from 'ioredis';
import type { MongoClient } from 'mongodb';
import type { Machine } from './results.js';

/** What the figures of a run were taken on. */
export async function machineOf(mongodb: MongoClient, redisUrl: string): Promise<Machine> {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() || 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${systemName()} ${release()}`,
    node: process.version,
    mongodb: await mongodbName(mongodb),
    redis: await redisName(redisUrl),
  };
}

/** The commit that is checked out, with `+` after it when the tree has changes. */
export function thisCommit(): string {
  const git = (...args: readonly string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  try {
    return `${git('rev-parse', '--short=12', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}

async function mongodbName(client: MongoClient): Promise<string> {
  const { version, secantusVersion } = await client.db('admin').command({ buildInfo: 1 });
  return secantusVersion === undefined ? `mongod ${version}` : `SecantusDB ${secantusVersion} in MongoDB's place`;
}

async function redisName(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    const info = await redis.info('server');
    const of = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
    const valkey = of('valkey_version');
    return valkey === undefined ? `Redis ${of('redis_version')}` : `Valkey ${valkey}`;
  } finally {
    redis.disconnect();
  }
}
