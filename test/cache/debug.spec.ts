import { beforeAll, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { REAL, type Design } from './support/design.js';
import { MUTANTS } from './support/mutants.js';
import { SCENARIOS } from './support/scenarios.js';
import { play } from './support/world.js';
import { Fences } from '../../src/common/cache/fences.js';
import { TagVersions } from '../../src/common/cache/tag-versions.js';
beforeAll(() => { jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] }); });
const generations = new WeakMap<Fences, { n: number }>();
class Fixed extends TagVersions {
  constructor(store: any, private readonly f: Fences, end: any) { super(store, f, end); }
  override async fetch(tags: readonly string[]) { const g = generations.get(this.f) ?? { n: 0 }; const before = g.n; const v = await super.fetch(tags); return g.n === before ? v : undefined; }
}
export const FIXED: Design = { ...REAL,
  fences: (log, renew, clock) => { const g = { n: 0 }; const f = new Fences(log, async (t) => { await renew(t); g.n++; }, clock); generations.set(f, g); return f; },
  versions: (s, f, e) => new Fixed(s, f, e) };
const RUNS = Number(process.env['RUNS'] ?? 400), SEED = Number(process.env['SEED'] ?? 7);
const only = process.env['ONLY']?.split(',') ; const scen = process.env['SCEN']?.split(',');
it('stats', async () => {
  for (const [name, part] of Object.entries({ real: REAL, fixed: {}, ...MUTANTS } as Record<string, Partial<Design>>)) { if (only && !only.includes(name)) continue; 
   for (const [pn, sc] of Object.entries(SCENARIOS)) { if (scen && !scen.includes(pn)) continue;
    let found = 0; const at: number[] = []; const rules = new Map<string, number>(); let n = 0; const t = performance.now(); let path = '';
    await fc.assert(fc.asyncProperty(sc, fc.scheduler(), async (scenario, scheduler) => {
      const wrong = await play(scenario, scheduler, name === 'real' ? REAL : { ...FIXED, ...part });
      n++;
      if (wrong.length) { found++; if (at.length < 5) at.push(n); for (const r of new Set(wrong.map(w => w.rule))) rules.set(r, (rules.get(r) ?? 0) + 1);
       if (name === 'fixed' && found === 1) path = JSON.stringify(scenario) + '\n' + scheduler.report().map(r => r.label).join('\n') + JSON.stringify(wrong); }
    }), { numRuns: RUNS, seed: SEED });
    process.stderr.write(`== ${name} ${pn}: ${found}/${n} at ${at} ${JSON.stringify([...rules])} ${((performance.now()-t)/n).toFixed(2)} ms ${path}\n`);
  } }
}, 600000);
