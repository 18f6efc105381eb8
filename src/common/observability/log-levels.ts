/** The values of LOG_LEVEL, from the most severe on. */
export const LEVELS = ['error', 'warn', 'log', 'debug', 'verbose'] as const;
export type Level = (typeof LEVELS)[number];

/** A level that isn't the configured one. */
export interface SetLevel {
  readonly level: Level;
  /** When it ends by itself; null when it stays. */
  readonly until: string | null;
}

export interface LevelsReport extends SetLevel {
  /** What LOG_LEVEL says. */
  readonly configured: Level;
  /** The parts of the service that have a level of their own. */
  readonly contexts: readonly (SetLevel & { readonly context: string })[];
}

export interface LevelChange {
  /** Null for the configured one; of a context, for that of all others. */
  readonly level: Level | null;
  /** The part of the service, by the name that its lines have; all that have no level of their own when left out. */
  readonly context?: string | undefined;
  /** How long it holds; null for good. */
  readonly forMs: number | null;
}

/** Whose lines are written: those that are at least as severe as the level, which can be changed while the process runs. */
export class LogLevels {
  private configured: Level = 'log';
  private everywhere: Holding | undefined;
  /** Undefined while nothing has a level of its own, which is what most lines find. */
  private contexts: Map<string, Holding> | undefined;
  private severity = severityOf('log');

  /** Says which level holds while nobody has set another one. */
  configure(level: Level): void {
    this.configured = level;
    this.settle();
  }

  /** @param severity of {@link severityOf}. It is asked for each line, and each request: it costs next to nothing. */
  allows(severity: number, context: string | undefined): boolean {
    const least = this.contexts?.get(context ?? '')?.severity ?? this.severity;
    return severity >= least;
  }

  /** How many contexts have a level of their own. */
  get size(): number {
    return this.contexts?.size ?? 0;
  }

  has(context: string): boolean {
    return this.contexts?.has(context) === true;
  }

  /** Takes the place of what was set before for the same. */
  set({ level, context, forMs }: LevelChange): void {
    const before = context === undefined ? this.everywhere : this.contexts?.get(context);
    before?.end();
    const undo = () => this.set({ level: null, context, forMs: null });
    const holding = level === null ? undefined : new Holding(level, forMs, undo);
    if (context === undefined) this.everywhere = holding;
    else this.put(context, holding);
    this.settle();
  }

  report(): LevelsReport {
    return {
      configured: this.configured,
      level: this.everywhere?.level ?? this.configured,
      until: this.everywhere?.until ?? null,
      contexts: [...(this.contexts ?? [])].map(([context, { level, until }]) => ({ context, level, until })),
    };
  }

  private put(context: string, holding: Holding | undefined): void {
    const contexts = this.contexts ?? new Map<string, Holding>();
    if (holding === undefined) contexts.delete(context);
    else contexts.set(context, holding);
    this.contexts = contexts.size === 0 ? undefined : contexts;
  }

  private settle(): void {
    this.severity = severityOf(this.everywhere?.level ?? this.configured);
  }
}

/** More is more severe. */
export const severityOf = (level: Level): number => LEVELS.length - LEVELS.indexOf(level);

/** A level for a while, or for good. */
class Holding {
  readonly severity: number;
  readonly until: string | null;
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(
    readonly level: Level,
    forMs: number | null,
    over: () => void,
  ) {
    this.severity = severityOf(level);
    this.until = forMs === null ? null : new Date(Date.now() + forMs).toISOString();
    this.timer = forMs === null ? undefined : setTimeout(over, forMs).unref();
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

/** Those of this process, which has one log. */
export const logLevels = new LogLevels();
