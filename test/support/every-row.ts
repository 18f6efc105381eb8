import type { ApiClient } from './api-client.js';

/** Pages through a list to its end by its cursors, and gives all rows in the order they came. */
export async function everyRow(
  api: ApiClient,
  path: string,
  query: Readonly<Record<string, string | number>> = {},
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const { status, body } = await api.page(path, { limit: 100, ...query, cursor });
    if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${JSON.stringify(body)}`);
    rows.push(...body.data);
    cursor = body.page.nextCursor;
  }
  return rows;
}
