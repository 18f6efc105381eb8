import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { executeWithFallback } from '../../common/resilience/execute-with-fallback.js';
import { isUnavailable } from '../../common/resilience/unavailable.js';
import { type SigningKeyDocument, SigningKeysRepository } from './signing-keys.repository.js';

/** The private half never leaves this class. */
interface LoadedKey {
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
  readonly signsUntil: number;
  readonly retiresAt: number;
}

const DAY_MS = 86_400_000;
const SIGNS_FOR_MS = 30 * DAY_MS;
const RELOAD_EVERY_MS = 60_000;
/** Tokens with made-up key ids cost no more than this many milliseconds between two queries. */
const RELOAD_AT_MOST_EVERY_MS = 250;

/**
 * The Ed25519 keys that all processes sign and verify tokens with. A new one is made when the newest has
 * signed for 30 days, or on request; the old one is published as long as a token of it can be valid.
 */
@Injectable()
export class SigningKeys {
  private keys: readonly LoadedKey[] = [];
  private loadedAt = Number.NEGATIVE_INFINITY;
  /** The newest load; whoever comes while it runs waits for it. */
  private loading: Promise<unknown> = Promise.resolve();
  private nextLoad: Promise<unknown> | undefined;
  private making: Promise<LoadedKey> | undefined;

  constructor(private readonly repository: SigningKeysRepository) {}

  /** The key to sign with. */
  async current(): Promise<{ readonly kid: string; readonly privateKey: CryptoKey }> {
    await this.load(RELOAD_EVERY_MS);
    const signing = this.keys.find((key) => key.signsUntil > Date.now());
    if (signing !== undefined) return signing;
    this.making ??= this.make().finally(() => {
      this.making = undefined;
    });
    return this.making;
  }

  /** The public key of a token; undefined when there is none of that id. */
  async verifying(kid: string): Promise<CryptoKey | undefined> {
    const find = () => this.keys.find((key) => key.kid === kid && key.retiresAt > Date.now());
    await this.loading;
    // It may have been made by another process a moment ago, so only a load that begins from now on tells.
    if (find() === undefined) await this.loadSoon();
    return find()?.publicKey;
  }

  /** A JWK set (RFC 7517 5) of the keys whose tokens may be valid. */
  async published(): Promise<{ readonly keys: readonly JWK[] }> {
    await this.current();
    return { keys: this.keys.filter((key) => key.retiresAt > Date.now()).map(({ publicJwk }) => publicJwk) };
  }

  /** Makes the key that signs from now on, because the current principal wants it. */
  async rotate(): Promise<{ readonly kid: string }> {
    const kid = await this.repository.insertAudited(await newSigningKey());
    await this.load(0);
    return { kid };
  }

  private async make(): Promise<LoadedKey> {
    const key = await newSigningKey();
    await this.repository.insert(key);
    await this.load(0);
    const made = this.keys.find(({ kid }) => kid === key._id);
    if (made === undefined) throw new Error('The signing key that was just made is not in the database');
    return made;
  }

  /** Joins the next load, which begins when the last one is old enough. */
  private loadSoon(): Promise<unknown> {
    this.nextLoad ??= delay(Math.max(0, this.loadedAt + RELOAD_AT_MOST_EVERY_MS - performance.now())).then(() => {
      this.nextLoad = undefined;
      return this.load(0);
    });
    return this.nextLoad;
  }

  private load(maxAgeMs: number): Promise<unknown> {
    if (performance.now() - this.loadedAt < maxAgeMs) return this.loading;
    this.loadedAt = performance.now();
    const loading = this.read();
    this.loading = loading.catch(() => {
      this.loadedAt = Number.NEGATIVE_INFINITY;
    });
    return loading;
  }

  /** While the database is away, those that are known are good: a key signs for a month. */
  private read(): Promise<boolean> {
    const areKnown = () => this.keys.length > 0 || undefined;
    return executeWithFallback(() => this.readAll(), isUnavailable, areKnown);
  }

  private async readAll(): Promise<boolean> {
    const documents = await this.repository.all();
    const keys = await Promise.all(documents.filter(({ retiresAt }) => retiresAt > new Date()).map(loaded));
    this.keys = keys.toSorted((a, b) => b.signsUntil - a.signsUntil);
    return true;
  }
}

async function newSigningKey(): Promise<SigningKeyDocument> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const now = Date.now();
  return {
    _id: kid,
    publicJwk: { ...publicJwk, kid, alg: 'EdDSA', use: 'sig' },
    privateJwk: await exportJWK(privateKey),
    createdAt: new Date(now),
    signsUntil: new Date(now + SIGNS_FOR_MS),
    retiresAt: new Date(now + SIGNS_FOR_MS + DAY_MS),
  };
}

async function loaded({ _id, publicJwk, privateJwk, signsUntil, retiresAt }: SigningKeyDocument): Promise<LoadedKey> {
  const [publicKey, privateKey] = await Promise.all([importJWK(publicJwk, 'EdDSA'), importJWK(privateJwk, 'EdDSA')]);
  if (publicKey instanceof Uint8Array || privateKey instanceof Uint8Array) throw new Error('not an Ed25519 key');
  return {
    kid: _id,
    publicJwk,
    publicKey,
    privateKey,
    signsUntil: signsUntil.getTime(),
    retiresAt: retiresAt.getTime(),
  };
}
