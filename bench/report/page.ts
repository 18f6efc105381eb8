import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Judged } from '../support/budgets.js';
import type { Results } from '../support/results.js';
import { count, duration } from './figures.js';
import { type Html, html, json, raw } from './html.js';
import { htmlTable } from './html-table.js';
import { DASHES } from './page-plot.js';
import { budgetsTable } from './page-tables.js';
import { htmlSection, sectionsOf } from './sections.js';
import { stateOf } from './verdict.js';

/**
 * The page of a run: one HTML file that needs nothing else, neither a server nor a network. Budgets come first, those that
 * fail on top; a part that was not run is left out.
 * @throws when a file of uPlot or of the page can't be read
 */
export async function reportPage(results: Results, judged: readonly Judged[]): Promise<string> {
  const [uplotStyle, style, uplot, script] = await Promise.all([
    textOf(UPLOT, 'uPlot.min.css'),
    textOf(import.meta.dirname, 'page.css'),
    textOf(UPLOT, 'uPlot.iife.min.js'),
    textOf(import.meta.dirname, 'page.client.js'),
  ]);
  const sections = sectionsOf(results);
  const plots = { dashes: DASHES, plots: sections.flatMap((section) => section.plots) };
  const title = `Benchmarks of ${results.commit}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title} · Enterprise Service</title>
<link rel="icon" href="data:,">
<style>${inline(uplotStyle)}</style>
<style>${inline(style)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the budgets</a>
<header class="top">
<h1>${title}</h1>
<nav aria-label="Parts of the page">${sections.map(({ id, title: name }) => html`<a href="#${id}">${name}</a>`)}</nav>
</header>
<main id="content" tabindex="-1">
${verdictOn(judged)}
${runOf(results)}
<noscript><p class="about">Plots need JavaScript; all their figures are in the tables.</p></noscript>
${sections.map(htmlSection)}
</main>
<script id="plots" type="application/json">${json(plots)}</script>
<script>${inline(uplot)}</script>
<script type="module">${inline(script)}</script>
</body>
</html>
`.html;
}

const UPLOT = join(dirname(createRequire(import.meta.url).resolve('uplot/package.json')), 'dist');
const textOf = (folder: string, name: string): Promise<string> => readFile(join(folder, name), 'utf8');

/** Whatever would get into the page, it could ask nobody for anything. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** Our own script or style: nothing in it ends its element. */
const inline = (text: string): Html => raw(text.replaceAll(/<\/(script|style)/gi, '<\\/$1'));

function verdictOn(judged: readonly Judged[]): Html | undefined {
  if (judged.length === 0) return undefined;
  const states = judged.map(stateOf);
  const many = (wanted: string) => states.filter((state) => state === wanted).length;
  const [fail, miss, unjudged] = [many('fails'), many('misses'), many('not judged')];
  const counted = judged.length - unjudged;
  const word = fail > 0 ? `${count(fail)} of ${count(counted)} budgets fail` : `All ${count(counted)} budgets hold`;
  const notes = [
    ...(miss > 0 ? [`${count(miss)} of those that hold ${miss === 1 ? 'misses its aim' : 'miss their aims'}`] : []),
    ...(unjudged > 0 ? [`${count(unjudged)} not judged`] : []),
  ].join('; ');
  return html`<section id="budgets" class="verdict" aria-labelledby="budgets-title">
<h2 id="budgets-title" class="word" data-state="${fail > 0 ? 'bad' : 'good'}">${counted === 0 ? 'No budget was judged' : word}</h2>
<p class="about">${notes === '' ? '' : `${notes}. `}A budget is a bound that must hold in every run, or the run fails; an aim is what it is meant to be. The margin is how much of the bound is left. What fails comes first, then what is nearest to its bound.</p>
${htmlTable(budgetsTable(judged), { isCaptionUnseen: true })}
</section>`;
}

function runOf({ at, commit, tookSeconds, machine, data, seconds, rounds }: Results): Html {
  const facts = [
    ['Commit', commit.endsWith('+') ? `${commit.slice(0, -1)}, with changes` : commit],
    ['Date', `${at.slice(0, 16).replace('T', ' ')} UTC, in ${duration(tookSeconds)}`],
    ['Rounds', `${count(rounds)} of ${duration(seconds)}`],
    ['Machine', `${machine.processor}, ${count(machine.cores)} cores, ${machine.memoryGb} GB`],
    ['System', `${machine.system}, Node ${machine.node}`],
    ['Servers', `${machine.mongodb}, ${machine.redis}`],
    [
      'Data',
      `${count(data.clinics)} clinics, ${count(data.organizations)} organizations, ${count(data.providers)} providers, ` +
        `${count(data.assignments)} assignments`,
    ],
  ];
  return html`<section id="run" aria-labelledby="run-title">
<h2 id="run-title">What was measured, and where</h2>
<p class="about">Absolute figures are of this machine; compare them with other runs on it only.</p>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</section>`;
}
