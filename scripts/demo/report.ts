/** The findings as people read them: the table, and what it comes to. */
import { paint } from '../../core/cli/style.ts';
import { type Cell, renderTable } from '../../core/cli/table.ts';
import { differenceOf, type Finding, isFound, isStrong, STRONG, TOLERANCE } from './findings.ts';

const COLUMNS = [
  { title: 'RADIUS', right: true },
  { title: 'STRENGTH', right: true },
  { title: 'PERIOD', right: true },
  { title: 'FOUND', right: true },
  { title: 'DIFFERENCE', right: true },
  { title: 'OUTCOME' },
  { title: 'FOLLOW-UP' },
];

export function renderFindings(findings: readonly Finding[]): string[] {
  return [
    ...renderTable(COLUMNS, findings.map(toRow)),
    '',
    'Radii in Jupiter radii, periods in days. Strength: signal over noise of all transits together;',
    `from ${STRONG} on a signal is strong. PASS: found within ${TOLERANCE * 100} % of the period that was put in.`,
    summarise(findings),
  ];
}

function toRow(finding: Finding): Cell[] {
  const { radius, strength, injected, found, outcome, confirmed } = finding;
  return [
    radius.toString(),
    strength.toFixed(1),
    injected.toFixed(3),
    found.toFixed(3),
    `${(Math.abs(differenceOf(finding)) * 100).toFixed(2)} %`,
    { text: outcome, colour: isFound(finding) ? 'green' : isStrong(finding) ? 'red' : 'dim' },
    confirmed === undefined ? 'none' : `binned, searched again: ${confirmed.toFixed(3)}`,
  ];
}

function summarise(findings: readonly Finding[]): string {
  const strong = findings.filter(isStrong);
  const weak = findings.filter((finding) => !isStrong(finding));
  const count = (some: readonly Finding[]) => `${some.filter(isFound).length} of ${some.length}`;
  const text = `Found: ${count(strong)} strong signals, ${count(weak)} weak ones.`;
  return paint(strong.every(isFound) ? 'green' : 'red', text);
}
