/** The dashboard and the alert rules ask for metrics that there are, and for all that matter. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DURATIONS, READINGS } from '../../replication/live/http/metrics.ts';
import { ROOT } from './documents.ts';

const dashboard = readFileSync(join(ROOT, 'docs/operations/grafana-dashboard.json'), 'utf8');
const alerts = readFileSync(join(ROOT, 'docs/operations/alerts.yml'), 'utf8');
const series = new Set([
  ...READINGS.map(({ name }) => `tickraft_${name}`),
  ...DURATIONS.flatMap(({ name }) => ['bucket', 'sum', 'count'].map((part) => `tickraft_${name}_${part}`)),
]);

function asked(text: string): string[] {
  return [...new Set(text.match(/tickraft_\w+/g))];
}

test.each([
  ['dashboard', dashboard],
  ['alert rules', alerts],
])('the %s asks for no metric that there is not', (_, text) => {
  expect(asked(text).filter((name) => !series.has(name))).toEqual([]);
  expect(asked(text).length).toBeGreaterThan(8);
});

test('the dashboard shows every metric', () => {
  const shown = asked(dashboard).map((name) => name.replace(/_(bucket|sum|count)$/, ''));
  const all = [...READINGS, ...DURATIONS].map(({ name }) => `tickraft_${name}`);
  expect(all.filter((name) => !shown.includes(name))).toEqual([]);
});

test('the dashboard has panels that each ask for something, with ids of their own', () => {
  const { panels } = JSON.parse(dashboard) as {
    panels: { id: number; title: string; targets: { expr: string }[] }[];
  };
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(panels.filter(({ title, targets }) => title === '' || targets.length === 0)).toEqual([]);
});

test('every alert has a condition, a time, a severity, and says what to do', () => {
  const rules = alerts.split(/^ {6}- alert: /m).slice(1);
  expect(rules.length).toBeGreaterThan(8);
  for (const rule of rules) {
    expect(rule).toMatch(/^Tickraft[A-Za-z]+\n {8}expr: \S.*\n {8}for: \d+[sm]\n/);
    expect(rule).toMatch(/severity: (critical|warning)\n/);
    expect(rule).toMatch(/summary: \S.*\n {10}description: \S/);
  }
});

test('labels that are asked for are those of the metric', () => {
  const labels = new Map([...READINGS, ...DURATIONS].map(({ name, label }) => [`tickraft_${name}`, label]));
  for (const [, by = '', name = ''] of `${dashboard}\n${alerts}`.matchAll(
    /by \(([\w, ]+)\) \(?(?:rate\()?(tickraft_\w+)/g,
  )) {
    const known = ['instance', 'job', 'le', labels.get(name.replace(/_(bucket|sum|count)$/, ''))];
    expect(by.split(', ').filter((label) => !known.includes(label))).toEqual([]);
  }
});
