import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { Principal } from '../../common/context/principal.js';
import { Authenticator } from './authenticator.js';

/** What a route of this service has answered it. */
export interface OwnAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Requests that the process makes of itself, as somebody: they take the way of all requests but for the network. */
@Injectable()
export class OwnRequests {
  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly authenticator: Authenticator,
  ) {}

  /** @param url path and query */
  async get(url: string, principal: Principal, headers: Readonly<Record<string, string>> = {}): Promise<OwnAnswer> {
    const pass = this.authenticator.lend(principal);
    try {
      const fastify: FastifyInstance = this.adapters.httpAdapter.getInstance();
      const answer = await fastify.inject({
        method: 'GET',
        url,
        headers: { ...headers, authorization: `Bearer ${pass.credential}` },
      });
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    } finally {
      pass.giveBack();
    }
  }
}
