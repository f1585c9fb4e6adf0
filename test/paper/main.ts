/**
 * Reproductions of published figures, as commands:
 *
 *   npm run paper -- laq|resfed|wyner-ziv|fedmrn|fedaq|all [--json] [--data-dir DIR]
 *
 * Prints expected beside measured. Ends with 1 where a figure is out of its limits and with 2 where
 * its data is missing. With --json the figures go to stdout, as one object.
 */
import { WflError } from '../../dist/errors.js';
import { fedaq } from './fedaq.js';
import { fedmrn } from './fedmrn.js';
import { laq } from './laq.js';
import { resfed } from './resfed.js';
import type { Context, Reproduction, Row, Section } from './reproduction.js';
import { rowLines, sectionHead } from './table.js';
import { wynerZiv } from './wyner-ziv.js';

const REPRODUCTIONS: readonly Reproduction[] = [laq, resfed, wynerZiv, fedmrn, fedaq];

interface SectionResult {
  readonly title: string;
  readonly setting: string;
  readonly rows: readonly Row[];
  /** Why the section has no rows, or null. */
  readonly missing: string | null;
  readonly seconds: number;
}

async function main(words: readonly string[]): Promise<number> {
  const json = words.includes('--json');
  const folderAt = words.indexOf('--data-dir');
  const names = words.filter((word, at) => !word.startsWith('--') && (folderAt < 0 || at !== folderAt + 1));
  const known = REPRODUCTIONS.map(({ name }) => name);
  const unknown = names.find((name) => name !== 'all' && !known.includes(name));
  if (names.length === 0 || unknown !== undefined) {
    process.stderr.write(`${unknown === undefined ? 'Nothing is named' : `There is no reproduction "${unknown}"`}; expected ${[...known, 'all'].join(', ')}.\n`);
    for (const { name, describe } of REPRODUCTIONS) process.stderr.write(`  ${name.padEnd(10)} ${describe}\n`);
    return 2;
  }
  const chosen = REPRODUCTIONS.filter(({ name }) => names.includes('all') || names.includes(name));
  const out = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);
  const context: Context = {
    dataDir: folderAt < 0 ? process.env['WFL_DATA_DIR'] || undefined : words[folderAt + 1],
    tell: (line) => void process.stderr.write(`${line}\n`),
  };
  const results: { readonly name: string; readonly sections: readonly SectionResult[] }[] = [];
  for (const { name, describe, sections } of chosen) {
    out(`\n${name}: ${describe}`);
    const done: SectionResult[] = [];
    for (const section of sections) done.push(await runSection(section, context, out));
    results.push({ name, sections: done });
  }
  const all = results.flatMap(({ sections }) => sections);
  const failed = all.flatMap(({ rows }) => rows).filter(({ passed }) => passed === false).length;
  const missing = all.filter(({ missing }) => missing !== null).length;
  const judged = all.flatMap(({ rows }) => rows).filter(({ passed }) => passed !== null).length;
  out(`\n${judged - failed} of ${judged} figures within their limits${failed === 0 ? '' : `, ${failed} not`}${missing === 0 ? '' : `; ${missing} ${missing === 1 ? 'section lacks its' : 'sections lack their'} data`}.`);
  if (json) process.stdout.write(`${JSON.stringify({ passed: failed === 0 && missing === 0, failed, missing, reproductions: results }, finite)}\n`);
  if (failed > 0) return 1;
  return missing > 0 ? 2 : 0;
}

async function runSection(section: Section, context: Context, out: (line: string) => void): Promise<SectionResult> {
  const { title, setting } = section;
  for (const line of sectionHead(title, setting)) out(line);
  const begin = process.hrtime.bigint();
  const seconds = (): number => Number((process.hrtime.bigint() - begin) / 1_000_000n) / 1000;
  try {
    const rows = await section.rows(context);
    for (const line of rowLines(rows)) out(line);
    return { title, setting, rows, missing: null, seconds: seconds() };
  } catch (error) {
    if (!(error instanceof WflError) || error.exitCode !== 2) throw error;
    const missing = `${error.message}.`;
    out(`  MISSING  ${missing}`);
    return { title, setting, rows: [], missing, seconds: seconds() };
  }
}

/** Limits that are not there become null, as JSON has no infinity. */
const finite = (_key: string, value: unknown): unknown => (typeof value === 'number' && !Number.isFinite(value) ? null : value);

process.exitCode = await main(process.argv.slice(2));
