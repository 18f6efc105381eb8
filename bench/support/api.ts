/** Makes a record through the API of a running service, and answers it. */
export async function create(url: string, key: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const record: unknown = await response.json();
  if (response.status !== 201 || typeof record !== 'object' || record === null) {
    throw new Error(`POST ${url} answered ${response.status}: ${JSON.stringify(record)}`);
  }
  return { ...record };
}

/** Makes a key to an organization through the API of a running service. @returns the key itself, which is shown this once */
export async function makeKey(
  service: string,
  adminKey: string,
  organizationId: string,
  role: 'admin' | 'viewer',
): Promise<string> {
  const { key } = await create(`${service}/api/v1/auth/keys`, adminKey, { organizationId, name: 'benchmark', role });
  return String(key);
}
