import 'reflect-metadata';
import { gunzipSync } from 'node:zlib';
import KeyvRedis from '@keyv/redis';
import { CacheInterceptor, CacheModule } from '@nestjs/cache-manager';
import { Controller, Get, Module, Query, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InjectModel, MongooseModule } from '@nestjs/mongoose';
import type { NestExpressApplication } from '@nestjs/platform-express';
import compression from 'compression';
import { Keyv } from 'keyv';
import { type Model, Schema, Types } from 'mongoose';
import { readyAnswer } from './ready-answer.ts';

/**
 * What teams run today, as Nest's documentation has it: Express, the compression middleware, and CacheModule with
 * CacheInterceptor over a memory and a Redis tier, for 30 seconds; Express makes the ETag of each answer. Without
 * credentials and rate limits, and with the cursor of the page as a constant, which is in its favour. Decorators are applied by hand, as Node runs this file with
 * its types stripped.
 */
const environment = (name: string) => String(process.env[name]);
const { page } = JSON.parse(gunzipSync((await readyAnswer()).body).toString());

class ClinicsController {
  private readonly clinics: Model<unknown>;

  constructor(clinics: Model<unknown>) {
    this.clinics = clinics;
  }

  async list(organizationId: string, limit: string) {
    const clinics = await this.clinics
      .find({ organizationId: new Types.ObjectId(organizationId) })
      .sort({ createdAt: -1, _id: -1 })
      .limit(Number(limit))
      .select('-searchTerms -holds')
      .lean<Readonly<Record<string, unknown>>[]>();
    return { data: clinics.map(({ _id, ...fields }) => ({ id: _id, ...fields })), page };
  }
}
const route = Object.getOwnPropertyDescriptor(ClinicsController.prototype, 'list') ?? {};
Get()(ClinicsController.prototype, 'list', route);
Query('organizationId')(ClinicsController.prototype, 'list', 0);
Query('limit')(ClinicsController.prototype, 'list', 1);
InjectModel('Clinic')(ClinicsController, undefined, 0);
UseInterceptors(CacheInterceptor)(ClinicsController);
Controller('api/v1/clinics')(ClinicsController);

class UsualModule {}
Module({
  imports: [
    MongooseModule.forRoot(environment('MONGODB_URI'), { dbName: environment('MONGODB_DATABASE') }),
    MongooseModule.forFeature([
      {
        name: 'Clinic',
        schema: new Schema({ organizationId: Schema.Types.ObjectId }, { strict: false, collection: 'clinics' }),
      },
    ]),
    CacheModule.register({ ttl: 30_000, stores: [new Keyv(), new KeyvRedis(environment('REDIS_URL'))] }),
  ],
  controllers: [ClinicsController],
})(UsualModule);

const app = await NestFactory.create<NestExpressApplication>(UsualModule, { logger: false });
app.use(compression());
app.enableShutdownHooks();
await app.listen(Number(process.env['PORT']), '127.0.0.1');
