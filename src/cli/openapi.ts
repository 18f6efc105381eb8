import { apiDocument } from '../modules/docs/api-document.js';

/** Prints the OpenAPI document; needs no server and no configuration. */
process.stdout.write(`${JSON.stringify(apiDocument(), null, 2)}\n`);
