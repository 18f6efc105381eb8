import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Answer } from '../support/api-client.js';

export interface Operation {
  readonly operationId: string;
  readonly method: string;
  /** The path's template. */
  readonly template: string;
  readonly security: readonly unknown[] | undefined;
  readonly parameters: readonly Parameter[];
  /** The scope that it says it needs; undefined where anybody may call it. */
  readonly scope: string | undefined;
  readonly platformOnly: boolean;
  readonly bodyTypes: readonly string[];
  readonly bodyRequired: boolean;
  readonly statuses: readonly string[];
}

interface Parameter {
  readonly name: string;
  readonly in: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Headers of HTTP itself, which a document doesn't list (OpenAPI 3.1 4.8.17; RFC 9110). */
const OF_HTTP = new Set(['connection', 'content-length', 'content-type', 'date', 'keep-alive', 'transfer-encoding']);

/** An OpenAPI document as what it is: a promise that each request and each answer can be held against. */
export class OpenApiContract {
  readonly operations: readonly Operation[];
  private readonly ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));

  constructor(readonly document: Json) {
    this.ajv.addSchema(document, 'api');
    this.operations = Object.entries(document['paths'] as Record<string, Json>).flatMap(([template, path]) =>
      METHODS.filter((method) => path[method] !== undefined).map((method) => this.operation(template, path, method)),
    );
  }

  private operation(template: string, path: Json, method: string): Operation {
    const operation = path[method] as Json;
    const parameters = [...((path['parameters'] ?? []) as Json[]), ...((operation['parameters'] ?? []) as Json[])];
    const { content, required = false } = (operation['requestBody'] ?? {}) as { content?: Json; required?: boolean };
    const scope = operation['x-required-scope'];
    return {
      operationId: String(operation['operationId']),
      method: method.toUpperCase(),
      template,
      security: operation['security'] as unknown[] | undefined,
      parameters: parameters.map((parameter) => this.resolve<Parameter>(parameter).value),
      scope: scope === undefined ? undefined : String(scope),
      platformOnly: operation['x-platform-only'] === true,
      bodyTypes: Object.keys(content ?? {}),
      bodyRequired: required,
      statuses: Object.keys(operation['responses'] as Json),
    };
  }

  /** What an answer has that the operation doesn't declare, or lacks of what it does; empty when they agree. */
  violations({ method, template, operationId }: Operation, answer: Answer<unknown>): string[] {
    const at = `#/paths/${escaped(template)}/${method.toLowerCase()}/responses/${answer.status}`;
    const complain = (what: string) => `${operationId} ${answer.status}: ${what}`;
    const declared = this.find<{ headers?: Record<string, Json>; content?: Json }>(at);
    if (declared === undefined) return [complain(`not declared: ${JSON.stringify(answer.body)}`)];
    const type = answer.headers.get('content-type')?.split(';')[0];
    const content = declared.value.content ?? {};
    const complaints = this.headerComplaints(declared.value.headers ?? {}, answer.headers);
    if (type === undefined || answer.body === '') {
      if (Object.keys(content).length > 0) complaints.push('no body, where one is declared');
    } else if (content[type] === undefined) {
      complaints.push(`${type} is not declared`);
    } else {
      complaints.push(...this.mismatches(`${declared.pointer}/content/${escaped(type)}/schema`, answer.body));
      const { examples } = content[type] as { examples?: Json };
      const kind =
        String((answer.body as { type?: string }).type)
          .split(/[/#]/)
          .at(-1) ?? '';
      if (type === 'application/problem+json' && !(kind in (examples ?? {})))
        complaints.push(`${kind} is not declared`);
    }
    return complaints.map(complain);
  }

  private headerComplaints(declared: Readonly<Record<string, Json>>, sent: Headers): string[] {
    const names = new Set(Object.keys(declared).map((name) => name.toLowerCase()));
    const undeclared = [...sent.keys()].filter((name) => !names.has(name) && !OF_HTTP.has(name));
    return [
      ...undeclared.map((name) => `the header ${name} is not declared`),
      ...Object.entries(declared).flatMap(([name, reference]) => {
        const { value, pointer } = this.resolve<{ required?: boolean }>(reference);
        const header = sent.get(name);
        if (header === null) return value.required ? [`the header ${name} is missing`] : [];
        return this.mismatches(`${pointer}/schema`, header).map((mismatch) => `${name}: ${mismatch}`);
      }),
    ];
  }

  /** Whether the request's body is one that the operation takes. */
  bodyMismatches({ method, template }: Operation, type: string, body: unknown): string[] {
    return this.mismatches(
      `#/paths/${escaped(template)}/${method.toLowerCase()}/requestBody/content/${escaped(type)}/schema`,
      body,
    );
  }

  bodyExample({ method, template, bodyTypes: [type] }: Operation): unknown {
    const at = `#/paths/${escaped(template)}/${method.toLowerCase()}/requestBody/content/${escaped(String(type))}`;
    return this.find<{ example: unknown }>(at)?.value.example;
  }

  /** In what the value isn't as the schema at the pointer says. */
  mismatches(pointer: string, value: unknown): string[] {
    const fragment = pointer.slice(1).split('/').map(encodeURIComponent).join('/');
    const validate = this.ajv.getSchema(`api#${fragment}`);
    if (validate === undefined) throw new Error(`There is no schema at ${pointer}`);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }

  /** What stands at the pointer, references followed. */
  find<T>(pointer: string): { readonly value: T; readonly pointer: string } | undefined {
    const keys = pointer
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const value = keys.reduce<unknown>((at, key) => (at as Json | undefined)?.[key], this.document);
    return value === undefined ? undefined : this.resolve<T>(value as Json, pointer);
  }

  private resolve<T>(value: Json, pointer = '#'): { readonly value: T; readonly pointer: string } {
    if (typeof value['$ref'] !== 'string') return { value: value as T, pointer };
    const found = this.find<T>(value['$ref']);
    if (found === undefined) throw new Error(`${value['$ref']} leads nowhere`);
    return found;
  }
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head'];

export const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
