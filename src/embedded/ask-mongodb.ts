import { type Document, MongoClient } from 'mongodb';

/** Runs `use` on the server's admin database over a connection of its own that waits only briefly. */
export async function withAdmin<T>(uri: string, use: (run: AdminCommand) => Promise<T>, timeoutMs = 2_000): Promise<T> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: timeoutMs, connectTimeoutMS: timeoutMs });
  try {
    const admin = client.db('admin');
    return await use((command) => admin.command(command, { timeoutMS: timeoutMs }));
  } finally {
    await client.close();
  }
}

export type AdminCommand = (command: Document) => Promise<Document>;
