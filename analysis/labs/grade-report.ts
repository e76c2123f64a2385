/** A grade as text, as JSON, and in the XML of JUnit that build services and classrooms read. */
import type { ItemResult } from './grade-item.ts';
import type { Lab } from './lab.ts';

/** A graded item, and the file with its counterexample. */
export interface FiledResult extends Omit<ItemResult, 'scenario'> {
  readonly counterexample: string | undefined;
}

/** The points of all items, and those that were earned. */
export function pointsOf(results: readonly FiledResult[]): {
  readonly earned: number;
  readonly points: number;
} {
  const sum = (of: (result: FiledResult) => number) => results.reduce((total, one) => total + of(one), 0);
  return { earned: sum(({ earned }) => earned), points: sum(({ points }) => points) };
}

/** An item in a few lines: its points, and if it failed why, and how to see it. */
export function itemText(result: FiledResult, replay: (file: string) => string): string {
  const { title, points, earned, failure, counterexample } = result;
  const score = `${earned}/${points}`.padStart(7);
  const lines = [`${score}  ${title}`];
  if (failure !== undefined) lines.push(`         ${failure}`);
  if (counterexample !== undefined) lines.push(`         see it: ${replay(counterexample)}`);
  return `${lines.join('\n')}\n`;
}

/** The document of `--json`. */
export function gradeJson(lab: Lab, program: string, results: readonly FiledResult[]): string {
  const document = { lab: lab.name, title: lab.title, program, ...pointsOf(results), items: results };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The document of `--junit`: a test case an item. */
export function gradeJUnit(lab: Lab, results: readonly FiledResult[]): string {
  const failures = results.filter(({ failure }) => failure !== undefined).length;
  const cases = results.map(({ id, title, points, earned, failure }) => {
    const open = `    <testcase classname=${quoted(`${lab.name}.${id}`)} name=${quoted(`${title} (${earned}/${points})`)}`;
    if (failure === undefined) return `${open}/>`;
    return `${open}>\n      <failure message=${quoted(failure)}/>\n    </testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name=${quoted(lab.name)} tests="${results.length}" failures="${failures}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** An attribute of XML. What XML has no character for becomes a question mark. */
function quoted(text: string): string {
  const plain = [...text].map((one) => (one < ' ' ? '?' : one)).join('');
  return `"${plain.replace(/[&<>"]/g, (one) => ENTITIES[one]!)}"`;
}
