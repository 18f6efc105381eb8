import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { runAsService } from '../common/context/request-context.js';
import type { Configuration } from '../config/configuration.js';
import { ClinicsService } from '../modules/clinics/clinics.service.js';
import { type BadRow, DirectoryImport, type ImportCounts } from '../modules/directory-import/directory-import.js';
import { OrganizationsService } from '../modules/organizations/organizations.service.js';
import { formatted } from './command-line.js';
import type { Progress } from './progress.js';

export interface ImportOptions {
  /** Paths of CSV files. */
  readonly organizations?: string | undefined;
  readonly clinics?: string | undefined;
  readonly batchSize?: number | undefined;
}

export interface ImportSummary {
  readonly organizations?: ImportCounts;
  readonly clinics?: ImportCounts;
}

/** Imports the organizations and then the clinics, by the rules of the service. */
export async function runImport(
  configuration: Configuration,
  options: ImportOptions,
  progress: Progress,
): Promise<ImportSummary> {
  const context = await NestFactory.createApplicationContext(AppModule.with(configuration), {
    abortOnError: false,
    logger: ['error', 'warn'],
  });
  try {
    const services = { organizations: context.get(OrganizationsService), clinics: context.get(ClinicsService) };
    const directory = new DirectoryImport(services, listener(progress), options.batchSize);
    return await runAsService('import', async () => ({
      ...(options.organizations && { organizations: await directory.organizations(options.organizations) }),
      ...(options.clinics && { clinics: await directory.clinics(options.clinics) }),
    }));
  } finally {
    progress.stop();
    await context.close();
  }
}

const listener = (progress: Progress) => ({
  begin: (label: string, bytes: number) => progress.begin(label, bytes),
  progress: (bytes: number, counts: ImportCounts) => progress.reach(bytes, inWords(counts)),
  end: (counts: ImportCounts) => progress.end(inWords(counts)),
  bad: ({ file, line, column, message }: BadRow) =>
    progress.line([`${file}:${line}`, ...(column === undefined ? [] : [column]), message].join(': ')),
});

export const inWords = ({ made, alreadyThere, bad }: ImportCounts): string =>
  `${formatted(made)} made, ${formatted(alreadyThere)} already there, ${formatted(bad)} bad`;
