import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** An identity provider of somebody else's: publishes its keys over HTTP and signs what it likes. */
export interface ExternalIssuer {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** How often its keys were asked for. */
  readonly asked: () => number;
  /** What it answers instead of its keys from now on; undefined: its keys again. */
  answerInstead(status: number, body: string): void;
  sign(claims: Readonly<Record<string, unknown>>, foreignKey?: boolean): Promise<string>;
  stop(): Promise<void>;
}

export async function startExternalIssuer(audience = 'enterprise-service'): Promise<ExternalIssuer> {
  const issuer = 'https://login.example.com';
  const [ours, foreign] = [await generateKeyPair('RS256'), await generateKeyPair('RS256')];
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(ours.publicKey)), kid: 'one', alg: 'RS256' }] });
  let asked = 0;
  let instead: { readonly status: number; readonly body: string } | undefined;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(instead?.status ?? 200, { 'content-type': 'application/json' }).end(instead?.body ?? jwks);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    issuer,
    jwksUrl: `http://127.0.0.1:${port}/jwks.json`,
    asked: () => asked,
    answerInstead: (status, body) => {
      instead = { status, body };
    },
    sign: (claims, foreignKey = false) =>
      new SignJWT({
        iss: issuer,
        aud: audience,
        sub: 'ana',
        exp: Math.floor(Date.now() / 1000) + 600,
        ...claims,
      } as JWTPayload)
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .sign((foreignKey ? foreign : ours).privateKey),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
