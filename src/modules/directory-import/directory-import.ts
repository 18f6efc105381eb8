import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { countBusiness, timed } from '../../common/observability/custom-metrics.js';
import type { Problem, ProblemError } from '../../common/problems/problems.js';
import { parseBody } from '../../common/resource/parse-body.js';
import type { ClinicsService } from '../clinics/clinics.service.js';
import type { OrganizationsService } from '../organizations/organizations.service.js';
import { clinicRows } from './clinic-rows.js';
import { type CsvRow, csvRows } from './csv-rows.js';
import { organizationRows } from './organization-rows.js';
import type { Candidate, RowKind } from './row-kind.js';

/** A row that was not imported, or one of the reasons why. */
export interface BadRow {
  readonly file: string;
  readonly line: number;
  /** Unset when the line as a whole is malformed. */
  readonly column?: string;
  readonly message: string;
}

export interface ImportCounts {
  readonly made: number;
  readonly alreadyThere: number;
  /** Rows, however many mistakes each has. */
  readonly bad: number;
}

export interface ImportListener {
  begin(label: string, bytes: number): void;
  progress(bytes: number, counts: ImportCounts): void;
  end(counts: ImportCounts): void;
  bad(row: BadRow): void;
}

/**
 * Imports files through the services, by the rules that hold for the API. A batch is one transaction, and
 * what is already there is left as it is: an import that was interrupted, however, is completed by running it again.
 */
export class DirectoryImport {
  constructor(
    private readonly services: { readonly organizations: OrganizationsService; readonly clinics: ClinicsService },
    private readonly listener: ImportListener,
    private readonly batchSize = 500,
  ) {}

  organizations(file: string): Promise<ImportCounts> {
    return this.importFile(file, organizationRows(this.services.organizations));
  }

  clinics(file: string): Promise<ImportCounts> {
    return this.importFile(file, clinicRows(this.services.clinics, this.services.organizations));
  }

  private async importFile<Body>(file: string, kind: RowKind<Body>): Promise<ImportCounts> {
    this.listener.begin(kind.resource.name, (await stat(file)).size);
    const batches = new BatchImport(file, kind, this.listener);
    let counts = { made: 0, alreadyThere: 0, bad: 0 };
    for await (const rows of batchesOf(csvRows(file, kind.columns), this.batchSize)) {
      const { made, alreadyThere, bad } = await timed('import.batch', () => batches.run(rows));
      const resource = kind.resource.name;
      countBusiness('import.rows', made, { resource, outcome: 'made' });
      countBusiness('import.rows', alreadyThere, { resource, outcome: 'already_there' });
      countBusiness('import.rows', bad, { resource, outcome: 'bad' });
      counts = {
        made: counts.made + made,
        alreadyThere: counts.alreadyThere + alreadyThere,
        bad: counts.bad + bad,
      };
      this.listener.progress(rows.at(-1)?.bytes ?? 0, counts);
    }
    this.listener.end(counts);
    return counts;
  }
}

/** Rows of one file, a batch at a time. */
class BatchImport<Body> {
  /** Where each key of the file was first seen: of two equal rows, the second is a mistake. */
  private readonly lines = new Map<string, number>();

  constructor(
    private readonly file: string,
    private readonly kind: RowKind<Body>,
    private readonly listener: ImportListener,
  ) {}

  async run(rows: readonly CsvRow[]): Promise<ImportCounts> {
    const candidates = await this.kind.candidates(rows);
    const good = rows.flatMap((row, at) => {
      const body = this.bodyOf(row, candidates[at]);
      return body === undefined ? [] : [{ row, body }];
    });
    const outcomes = await this.kind.createMany(good.map(({ body }) => body));
    const refused = outcomes.flatMap(({ refused }, at) => (refused === undefined ? [] : [{ refused, at }]));
    const unexpected = refused.filter(({ refused }) => refused.kind !== 'conflict');
    for (const { refused, at } of unexpected) this.reportProblem(good[at]?.row.line ?? 0, refused);
    return {
      made: outcomes.length - refused.length,
      alreadyThere: refused.length - unexpected.length,
      bad: rows.length - good.length + unexpected.length,
    };
  }

  /** The body of a row without mistakes; mistakes are reported. */
  private bodyOf({ line, mistake }: CsvRow, candidate: Candidate | undefined): Body | undefined {
    if (mistake !== undefined) return this.report(line, undefined, mistake);
    const { body, errors } = parseBody(this.kind.resource, candidate?.body);
    if (candidate?.mistake) this.report(line, candidate.mistake.column, candidate.mistake.message);
    for (const error of errors ?? []) this.report(line, this.columnOf(error), error.message);
    if (body === undefined || candidate?.mistake) return undefined;
    const key = this.kind.keyOf(body);
    const first = this.lines.get(key);
    if (first !== undefined)
      return this.report(line, undefined, `is the same ${this.kind.resource.singular} as line ${first}`);
    this.lines.set(key, line);
    return body;
  }

  private reportProblem(line: number, problem: Problem): void {
    const errors = problem.details.errors ?? [];
    if (errors.length === 0) this.report(line, undefined, problem.message);
    for (const error of errors) this.report(line, this.columnOf(error), error.message);
  }

  private columnOf(error: ProblemError): string {
    return 'pointer' in error ? this.kind.columnOf(error.pointer) : error.parameter;
  }

  private report(line: number, column: string | undefined, message: string): undefined {
    this.listener.bad({ file: basename(this.file), line, message, ...(column !== undefined && { column }) });
  }
}

async function* batchesOf<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<readonly Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
