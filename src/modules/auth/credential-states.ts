import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { ObjectId } from 'mongodb';
import { executeWithFallback } from '../../common/resilience/execute-with-fallback.js';
import { isUnavailable } from '../../common/resilience/unavailable.js';

/** What must hold of an organization for each request that is made in its name. */
export interface OrganizationState {
  readonly id: ObjectId;
  readonly active: boolean;
  readonly tier: string;
}

/** What must hold of a credential for each request that it makes. */
export interface CredentialState {
  /** The key; none where an external issuer vouches. */
  readonly key: KeyState | undefined;
  /** None for a key of the platform. */
  readonly organization: OrganizationState | undefined;
}

export interface KeyState {
  readonly id: ObjectId;
  readonly digest: string;
  readonly role: string;
  readonly ofPlatform: boolean;
  readonly expiresAt: Date | undefined;
  readonly revoked: boolean;
}

/** By the digest of a key, by the id of the key that a token was issued for, or by the organization alone. */
export type CredentialLookup =
  | { readonly digest: string }
  | { readonly keyId: string }
  | { readonly organizationId: string };

interface Known {
  readonly lookup: CredentialLookup;
  readonly state: CredentialState;
  /** When the database was asked: the answer may be as old as that. */
  readonly askedAtMs: number;
  /** It was asked for again ahead of its time. */
  renewed: boolean;
}

type Load = (lookups: readonly CredentialLookup[]) => Promise<ReadonlyMap<string, CredentialState>>;

/** A revoked key stops everywhere within a second; this leaves time for the question itself. */
const MAX_AGE_MS = 700;
/** What is used at this age is asked for again, so that nobody waits for it. */
const RENEW_AFTER_MS = 450;
/**
 * While the database is away, whoever signed in this long ago still does, to be answered what is known: nobody can revoke
 * a key through the service meanwhile.
 */
const KNOWN_FOR_MS = 600_000;
const MOST_CREDENTIALS = 20_000;
/** Where the database is slow, what is asked meanwhile is the next load: however many ask, they take few connections. */
const LOADS_AT_ONCE = 2;

export function lookupName(lookup: CredentialLookup): string {
  if ('digest' in lookup) return `digest:${lookup.digest}`;
  return 'keyId' in lookup ? `key:${lookup.keyId}` : `organization:${lookup.organizationId}`;
}

/**
 * The states of credentials, at most {@link MAX_AGE_MS} old. All that one turn of the event loop asks
 * about are one load, and all that is asked while two are under way; a request never joins a load that was sent before
 * it came.
 */
export class CredentialStates {
  private readonly known = new LRUCache<string, Known>({ max: MOST_CREDENTIALS });
  private readonly loading = new Set<Promise<unknown>>();
  private changes = 0;
  private next:
    | {
        readonly lookups: Map<string, CredentialLookup>;
        readonly loaded: Promise<ReadonlyMap<string, CredentialState>>;
      }
    | undefined;

  constructor(
    private readonly load: Load,
    private readonly now: () => number = performance.now.bind(performance),
  ) {}

  /** The state when it is known and fresh, at no cost. */
  fresh(name: string): CredentialState | undefined {
    const known = this.known.get(name);
    if (known === undefined) return undefined;
    const ageMs = this.now() - known.askedAtMs;
    if (ageMs >= MAX_AGE_MS) return undefined;
    if (ageMs >= RENEW_AFTER_MS && !known.renewed) {
      known.renewed = true;
      // Should it fail, whoever needs it then asks, and is told.
      void this.ask(known.lookup).catch(ignore);
    }
    return known.state;
  }

  /** Asks the database; null when there is none. While it is away, what was known last. */
  async ask(lookup: CredentialLookup): Promise<CredentialState | null> {
    const name = lookupName(lookup);
    const load = async () => {
      this.next ??= this.startTurn();
      this.next.lookups.set(name, lookup);
      return (await this.next.loaded).get(name) ?? null;
    };
    return executeWithFallback(load, isUnavailable, () => this.lastKnown(name));
  }

  private lastKnown(name: string): CredentialState | undefined {
    const known = this.known.get(name);
    return known !== undefined && this.now() - known.askedAtMs < KNOWN_FOR_MS ? known.state : undefined;
  }

  /** Forgets what is known, after a change by this process. */
  clear(): void {
    this.changes += 1;
    this.known.clear();
  }

  private startTurn() {
    const lookups = new Map<string, CredentialLookup>();
    return { lookups, loaded: this.loadInTurn(lookups) };
  }

  /** Until it is sent, others may add their lookups. */
  private async loadInTurn(lookups: ReadonlyMap<string, CredentialLookup>) {
    await nextTurn();
    while (this.loading.size >= LOADS_AT_ONCE) await Promise.race(this.loading);
    this.next = undefined;
    const askedAtMs = this.now();
    const { changes } = this;
    const loaded = this.load([...lookups.values()]);
    const ended = loaded.then(ignore, ignore).finally(() => this.loading.delete(ended));
    this.loading.add(ended);
    const states = await loaded;
    // What was asked before a change by this process may be what the change has ended.
    if (changes === this.changes) {
      for (const [name, lookup] of lookups) {
        const state = states.get(name);
        if (state === undefined) this.known.delete(name);
        else this.known.set(name, { lookup, state, askedAtMs, renewed: false });
      }
    }
    return states;
  }
}

const ignore = () => undefined;
