import { createServer } from 'node:http';
import { readyAnswer } from './ready-answer.ts';

/** Node's own server with an answer that it holds ready: nothing in JavaScript is quicker. */
const { body } = await readyAnswer();
const headers = {
  'content-type': 'application/json; charset=utf-8',
  'content-encoding': 'gzip',
  'content-length': body.length,
};
createServer((_request, response) => {
  response.writeHead(200, headers).end(body);
}).listen(Number(process.env['PORT']), '127.0.0.1');
