import { rawAnswer } from '../support/raw-answer.ts';

/** The gzip answer that a bare program gives to everything: taken once from READY_URL with READY_KEY. */
export async function readyAnswer(): Promise<{ readonly body: Buffer; readonly etag: string }> {
  const { status, headers, body } = await rawAnswer(String(process.env['READY_URL']), {
    headers: { 'accept-encoding': 'gzip', authorization: `Bearer ${process.env['READY_KEY']}` },
  });
  if (status !== 200 || headers['content-encoding'] !== 'gzip') throw new Error(`READY_URL answered ${status}`);
  return { body, etag: String(headers.etag) };
}
