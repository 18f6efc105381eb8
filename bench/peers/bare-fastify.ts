import { fastify } from 'fastify';
import { MongoClient, ObjectId } from 'mongodb';

/**
 * What the framework and the driver do at best: one findOne by id, answered as the service answers it,
 * with no validation, no credentials, no headers, no context.
 */
const client = await new MongoClient(String(process.env['MONGODB_URI']), { maxPoolSize: 50 }).connect();
const clinics = client.db(String(process.env['MONGODB_DATABASE'])).collection('clinics');

const app = fastify();
app.get<{ Params: { id: string } }>('/api/v1/clinics/:id', async (request) => {
  const clinic = await clinics.findOne(
    { _id: new ObjectId(request.params.id) },
    { projection: { searchTerms: 0, holds: 0 } },
  );
  if (clinic === null) throw Object.assign(new Error('unknown'), { statusCode: 404 });
  const { _id, ...fields } = clinic;
  return { id: _id, ...fields };
});
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
