import { randomOf } from './random.js';

export interface PlanOptions {
  /** Equal seeds make equal documents. */
  readonly seed: number;
  readonly clinics: number;
  readonly providers: number;
  readonly clinicsPerOrganization: number;
  readonly start: Date;
  /** Minutes from one clinic's making to the next one's. */
  readonly minutesApart: number;
}

/** The kinds of things, which have random numbers and ids of their own. */
export const KIND = { organization: 1, clinic: 2, provider: 3, assignment: 4, membership: 5 } as const;

const MINUTE_MS = 60_000;

/**
 * Who belongs to whom. What is planned for a clinic depends on the clinics before it and never on their
 * total, so that a larger set of the same seed is the smaller one with more added. Organizations come one
 * by one among the clinics; the early ones grow large, as in life.
 */
export class DirectoryPlan {
  readonly organizations: number;
  private readonly organizationOfClinic: Int32Array;
  private readonly previousClinic: Int32Array;

  constructor(readonly options: PlanOptions) {
    const { seed, clinics, clinicsPerOrganization: share } = options;
    this.organizations = Math.ceil(clinics / share);
    this.organizationOfClinic = new Int32Array(clinics);
    this.previousClinic = new Int32Array(clinics);
    const latest = new Int32Array(this.organizations).fill(-1);
    for (let clinic = 0; clinic < clinics; clinic += 1) {
      const newest = Math.floor(clinic / share);
      const drawn = Math.floor((newest + 1) * randomOf(seed, KIND.membership, clinic).next() ** 2);
      const organization = clinic % share === 0 ? newest : drawn;
      this.organizationOfClinic[clinic] = organization;
      this.previousClinic[clinic] = latest[organization] ?? -1;
      latest[organization] = clinic;
    }
  }

  organizationOf(clinic: number): number {
    return this.organizationOfClinic[clinic] ?? 0;
  }

  /** Another clinic of the same organization; none for its first one. */
  neighbourOf(clinic: number): number | undefined {
    const previous = this.previousClinic[clinic] ?? -1;
    return previous < 0 ? undefined : previous;
  }

  /** How many providers have this as their main clinic. */
  providersAt(clinic: number): number {
    const { providers, clinics } = this.options;
    return Math.floor(((clinic + 1) * providers) / clinics) - Math.floor((clinic * providers) / clinics);
  }

  /** When the clinic was made; its organization was there before its first one. */
  madeAt(clinic: number): Date {
    return new Date(this.options.start.getTime() + (clinic + 1) * this.options.minutesApart * MINUTE_MS);
  }

  organizationMadeAt(organization: number): Date {
    const first = this.madeAt(organization * this.options.clinicsPerOrganization);
    return new Date(first.getTime() - (this.options.minutesApart * MINUTE_MS) / 2);
  }
}
