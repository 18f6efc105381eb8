import { type Answer, ApiClient } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
import { makeKey } from '../support/principals.js';
import { PLATFORM_KEY, startService, type TestService } from '../support/service.js';
import { OpenApiContract, type Operation } from './openapi-contract.js';

export const BODY_LIMIT = 8192;

/**
 * Who calls: the platform's admin, an operator (who may do nothing of what is documented), an organization's
 * admin, somebody without a key and somebody with a wrong one.
 */
type Caller = 'admin' | 'operator' | 'tenant' | 'anybody' | 'guesser';

/** A service with one record of each kind, whose answers are held against its own document. */
export class Session {
  readonly violations: string[] = [];
  readonly met = new Set<string>();

  private constructor(
    readonly service: TestService,
    readonly contract: OpenApiContract,
    readonly ids: Readonly<Record<string, string>>,
    private readonly clients: Readonly<Record<Caller, ApiClient>>,
  ) {}

  static async start(variables: Record<string, string> = {}): Promise<Session> {
    const service = await startService({ BODY_LIMIT_BYTES: String(BODY_LIMIT), ...variables });
    const client = (key?: string) => new ApiClient(service.url, key);
    const contract = new OpenApiContract((await client().get('/api/v1/openapi.json')).body);
    const directory = new Directory(service.api);
    const organization = await directory.organization();
    const clinic = await directory.clinic(organization.id);
    const provider = await directory.provider(organization.id);
    const assignment = await directory.assignment(provider.id, clinic.id);
    const tenant = await makeKey(service, organization.id, 'admin');
    const operator = await makeKey(service, null, 'ops');
    return new Session(
      service,
      contract,
      {
        ...{ organizations: organization.id, clinics: clinic.id, clinic: clinic.id },
        ...{ providers: provider.id, provider: provider.id, assignments: assignment.id, keys: tenant.id },
      },
      {
        admin: client(PLATFORM_KEY),
        operator: client(operator.key),
        tenant: client(tenant.key),
        anybody: client(),
        guesser: client('es_guessed'),
      },
    );
  }

  /** Another process over the same records, whose admin has a key like any other. */
  async beside(variables: Record<string, string>): Promise<Session> {
    const service = await startService({ MONGODB_DATABASE: this.service.db.databaseName, ...variables });
    const { key } = await makeKey(this.service, null, 'admin');
    const client = (credential?: string) => new ApiClient(service.url, credential);
    const clients = { admin: client(key), anybody: client(), guesser: client('es_guessed') };
    return new Session(service, this.contract, this.ids, { ...this.clients, ...clients });
  }

  operation(operationId: string): Operation {
    const found = this.contract.operations.find((operation) => operation.operationId === operationId);
    if (found === undefined) throw new Error(`There is no operation ${operationId}`);
    return found;
  }

  async call(operation: Operation | string, { id, as = 'admin', ...request }: Call = {}): Promise<Answer> {
    const called = typeof operation === 'string' ? this.operation(operation) : operation;
    const query = { ...(called.operationId === 'watchPerformance' ? ONE_EVENT : {}), ...request.query };
    const answer = await this.clients[as].request(called.method, this.pathOf(called, id), { ...request, query });
    this.violations.push(
      ...this.contract.violations(called, answer),
      ...this.unknownToDocument(called, request, answer),
    );
    this.met.add(`${called.operationId} ${answer.status}`);
    return answer;
  }

  pathOf({ template }: Operation, id?: string): string {
    // The last collection before the id says whose it is: /assignments/provider/{id} is a provider's.
    const [, collection] = /\/([a-z]+)\/\{id\}/.exec(template) ?? [];
    return template.replace('{id}', id ?? this.ids[collection ?? ''] ?? '').replace('{name}', id ?? 'not-found');
  }

  /** What the service took although the document doesn't say that it would. */
  private unknownToDocument(operation: Operation, { query, body, headers }: Call, { status }: Answer): string[] {
    if (status >= 400) return [];
    const known = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
    const strange = Object.keys(query ?? {}).filter((name) => !known.includes(name));
    const type = headers?.['content-type'] ?? 'application/json';
    const without = operation.bodyTypes.length === 0 || (body === undefined && !operation.bodyRequired);
    const sent = type === FORM ? Object.fromEntries(new URLSearchParams(String(body))) : body;
    const mismatches = without ? [] : this.contract.bodyMismatches(operation, type, sent);
    return [...strange, ...mismatches].map((what) => `${operation.operationId} took ${what}`);
  }
}

/** An answer without end can't be held against anything. */
const ONE_EVENT = { events: 1 };

export const FORM = 'application/x-www-form-urlencoded';

interface Call {
  readonly id?: string;
  readonly as?: Caller;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
