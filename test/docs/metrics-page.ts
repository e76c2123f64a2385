/** The page of the reference about metrics, made from their table. */
import { DURATIONS, READINGS } from '../../replication/live/http/metrics.ts';
import { cell, GENERATED, table } from './markdown.ts';

/** `metrics.md`. */
export function metricsPage(): string {
  const read = READINGS.map(({ name, type, label, help }) => [name, type, label, help] as const);
  const noted = DURATIONS.map(({ name, label, help }) => [name, 'histogram', label, help] as const);
  return `# Metrics

${GENERATED}

Every replica answers \`GET /metrics\` in the text format of Prometheus. Counters rise while the process runs, and begin again with its start.
[Operations](operations.md#metrics-and-health) has the dashboard, the alert rules and the checks of \`/readyz\`.

${table(
  ['metric', 'type', 'label', 'meaning'],
  [...read, ...noted].map(([name, type, label, help]) => [
    `\`tickraft_${name}\``,
    type,
    label === undefined ? '' : `\`${label}\``,
    cell(help),
  ]),
)}
`;
}
