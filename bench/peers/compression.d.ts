declare module 'compression' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  /** Middleware that compresses what it thinks worth it (1 KB and more, level 6 by default). */
  export default function compression(): (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
}
