/** The command `npm run bench:publish`. */
import { parseArgs } from 'node:util';
import { isPageCurrent, PLACES, publishResults, writePage } from './publish/publish.js';

const HELP = `Publishes the latest run of the benchmarks, and writes PERFORMANCE.md from it.

  npm run bench:publish -- [--page | --check] [--incomplete]

  --page         only write the page anew, from the run that is published
  --check        only say whether the page is what its template and the published run give
  --incomplete   also publish a run that has measured some of its parts

Exit code: 0 when it was done, or the page is current; 1 when it is not, or something is missing.`;

const { values } = parseArgs({
  options: {
    page: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    incomplete: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

try {
  if (values.help) console.log(HELP);
  else if (values.check) check();
  else publish();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function check(): void {
  if (isPageCurrent(PLACES)) return;
  console.error(`${PLACES.page} is not what its template and the published run give: npm run bench:publish -- --page`);
  process.exitCode = 1;
}

function publish(): void {
  if (!values.page) publishResults(PLACES, values.incomplete);
  writePage(PLACES);
  console.log(`${PLACES.page} is written from the run in ${PLACES.published}`);
}
