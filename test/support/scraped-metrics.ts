/** A line of a scrape. */
export interface ScrapedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar?: {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
    readonly timestamp: number;
  };
}

export interface ScrapedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ScrapedSample[];
}

/** What `/metrics` has answered, in either format. */
export class ScrapedMetrics {
  readonly families: readonly ScrapedFamily[];

  /** @throws {SyntaxError} for a line that is none */
  constructor(readonly text: string) {
    const families: (ScrapedFamily & { readonly samples: ScrapedSample[] })[] = [];
    let help: readonly [name: string, text: string] | undefined;
    for (const line of text.split('\n')) {
      if (line === '' || line === '# EOF') continue;
      const [, helpOf, helpText = ''] = /^# HELP (\w+) (.+)$/.exec(line) ?? [];
      const [, typeOf, type = ''] = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line) ?? [];
      if (helpOf !== undefined) help = [helpOf, helpText];
      else if (typeOf !== undefined && typeOf === help?.[0]) {
        families.push({ name: typeOf, type, help: help[1], samples: [] });
      } else {
        const sample = sampleOf(line);
        const family = families.at(-1);
        if (family === undefined || !belongs(sample.name, family)) throw new SyntaxError(`whose is ${line}`);
        family.samples.push(sample);
      }
    }
    this.families = families;
  }

  get samples(): readonly ScrapedSample[] {
    return this.families.flatMap(({ samples }) => samples);
  }

  /** Names and labels of all series, without their values. */
  get series(): readonly string[] {
    return this.samples.map(nameOf);
  }

  family(name: string): ScrapedFamily {
    const found = this.families.find((family) => family.name === name);
    if (found === undefined) throw new Error(`There is no ${name}`);
    return found;
  }

  /** The sum of all series of the name that have these labels, among others. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.samples
      .filter(
        (sample) => sample.name === name && Object.entries(labels).every(([key, of]) => sample.labels[key] === of),
      )
      .reduce((sum, { value }) => sum + value, 0);
  }
}

const nameOf = ({ name, labels }: ScrapedSample): string => `${name}${JSON.stringify(labels)}`;

const LABELS = String.raw`\{((?:[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\}`;
const NUMBER = String.raw`([+-]?(?:[0-9.]+(?:e[+-]?\d+)?|Inf))`;
const SAMPLE = new RegExp(`^([a-z_][a-z0-9_]*)(?:${LABELS})? ${NUMBER}(?: # ${LABELS} ${NUMBER} ([0-9.]+))?$`);

function sampleOf(line: string): ScrapedSample {
  const match = SAMPLE.exec(line);
  if (match === null) throw new SyntaxError(`no line of a scrape: ${line}`);
  const [, name = '', labels = '', value = '', of, observed = '', timestamp = ''] = match;
  return {
    name,
    labels: labelsOf(labels),
    value: numberOf(value),
    ...(of !== undefined && {
      exemplar: { labels: labelsOf(of), value: numberOf(observed), timestamp: Number(timestamp) },
    }),
  };
}

const labelsOf = (text: string) =>
  Object.fromEntries(
    [...text.matchAll(/([a-z_][a-z0-9_]*)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );

const numberOf = (text: string): number => (text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text));

/** Lines have the name of their family, but for what a histogram adds, and OpenMetrics to counters. */
function belongs(name: string, family: ScrapedFamily): boolean {
  if (family.type === 'histogram') return ['_bucket', '_sum', '_count'].some((end) => name === family.name + end);
  return name === family.name || (family.type === 'counter' && name === `${family.name}_total`);
}
