import type { Redis } from 'ioredis';
import { BSON, type ResumeToken } from 'mongodb';

/**
 * How far the changes have been released. In Redis: whoever can't reach it can't release anything either, and a token
 * in MongoDB would be a majority write for each batch, which is a change itself. When Redis forgets it, the follower
 * begins anew; when Redis brings back an old one, some tags are released twice.
 */
export class ResumeTokens {
  private latest: string | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly key: string,
  ) {}

  /** @throws when Redis can't be asked */
  async read(): Promise<ResumeToken | undefined> {
    this.latest = undefined;
    const text = await this.redis.get(this.key);
    return text === null ? undefined : BSON.EJSON.parse(text);
  }

  /** @throws when it isn't certain that the token is kept */
  async write(token: ResumeToken): Promise<void> {
    const text = BSON.EJSON.stringify(token);
    if (text === this.latest) return;
    await this.redis.set(this.key, text);
    this.latest = text;
  }
}
