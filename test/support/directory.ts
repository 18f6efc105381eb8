import type { ApiClient } from './api-client.js';

/** A record as the API answers it. */
export type ApiRecord = Record<string, unknown> & { readonly id: string; readonly version: number };

let made = 0;
const next = (): number => {
  made += 1;
  return made;
};

/** Makes records through the API, with good defaults. */
export class Directory {
  constructor(private readonly api: ApiClient) {}

  organization(fields: Record<string, unknown> = {}): Promise<ApiRecord> {
    const number = next();
    return this.create('/organizations', { name: `Dental Group ${number}`, slug: `dental-group-${number}`, ...fields });
  }

  clinic(organizationId: string, fields: Record<string, unknown> = {}): Promise<ApiRecord> {
    const number = next();
    return this.create('/clinics', { organizationId, name: `Clinic ${number}`, code: `C-${number}`, ...fields });
  }

  provider(organizationId: string, fields: Record<string, unknown> = {}): Promise<ApiRecord> {
    const number = next();
    return this.create('/providers', {
      organizationId,
      firstName: 'Ana',
      lastName: `Ruiz ${number}`,
      licenseNumber: `L-${number}`,
      ...fields,
    });
  }

  assignment(providerId: string, clinicId: string, fields: Record<string, unknown> = {}): Promise<ApiRecord> {
    return this.create('/assignments', { providerId, clinicId, role: 'dentist', ...fields });
  }

  private async create(path: string, body: Record<string, unknown>): Promise<ApiRecord> {
    const answer = await this.api.post(path, body);
    if (answer.status !== 201)
      throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body as ApiRecord;
  }
}
