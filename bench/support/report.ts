import type { Comparison } from './compare.js';
import type { Figure, Scenario } from './scenario.js';

/** Prints a comparison. @returns whether it stays above its floor */
export function reportComparison(scenario: Scenario, { subject, peer, ratio }: Comparison): boolean {
  console.log(`${scenario.title} (requests/s of each round)`);
  console.log(`  ${scenario.subject.padEnd(WIDTH)}${subject.map(Math.round).join('  ')}`);
  console.log(`  ${scenario.peer.padEnd(WIDTH)}${peer.map(Math.round).join('  ')}`);
  const word = verdict(ratio >= scenario.aim, ratio >= scenario.floor);
  const bounds = `aim ${scenario.aim}, at least ${scenario.floor}`;
  console.log(`  ${'ratio of medians'.padEnd(WIDTH)}${ratio.toFixed(3)}, ${bounds}: ${word}`);
  return word !== 'FAILED';
}

/** Prints the figures of a gauge. @returns whether all stay within their bounds */
export function reportFigures(title: string, figures: readonly Figure[]): boolean {
  console.log(title);
  const words = figures.map(({ name, measured, figure, better, aim, bound }) => {
    const within = (limit: number) => (better === 'higher' ? figure >= limit : figure <= limit);
    const word = verdict(within(aim), within(bound));
    const bounds = `aim ${aim}, at ${better === 'higher' ? 'least' : 'most'} ${bound}`;
    console.log(`  ${name.padEnd(WIDTH)}${measured.map(short).join('  ')}`);
    console.log(`  ${''.padEnd(WIDTH)}${short(figure)}, ${bounds}: ${word}`);
    return word;
  });
  return !words.includes('FAILED');
}

const WIDTH = 26;

const verdict = (aimed: boolean, tolerated: boolean) => (aimed ? 'holds' : tolerated ? 'missed' : 'FAILED');

/** A rate or a time with its decimals, a size without. */
const short = (value: number): string => (Math.abs(value) > 10 ? value.toFixed(0) : value.toFixed(3));
