import type { TemporaryFolder } from '../support/temporary-folder.js';

/**
 * A script for `startProgram`: a server of Node's own.
 * @param handler source of its handler
 * @param listening source of what it does once it listens
 */
export const smallServer = (folder: TemporaryFolder, handler: string, listening = '() => undefined'): string =>
  folder.file(
    'server.mjs',
    `import { createServer } from 'node:http';
createServer(${handler}).listen(process.env.PORT, process.env.HOST, ${listening});`,
  );
