/** Guesses a pattern for text with an event a line. */
import { clockFields, eventField, type Field, otherFields, timeField } from './labels.ts';
import { named, type Reading } from './reading.ts';
import type { Sample } from './sample.ts';

const MOST_LINES = 500;

/**
 * The readings of prose, the most likely first; none if no line has a time or a clock that is
 * marked by a word beside it.
 */
export function proseReadings(samples: readonly Sample[]): Reading[] {
  const lines = samples.flatMap((sample) =>
    sample.lines.filter((line) => line.trim() !== '').slice(0, MOST_LINES),
  );
  const time = timeField(lines);
  const event = eventField(lines);
  const machines = samples.map(({ machine }) => machine);
  const others = otherFields(lines, samples.length > 1 ? machines : [], samples.length === 1);
  const clocks = named<Field | undefined>(
    clockFields(lines).length === 0 ? [undefined] : clockFields(lines),
    (field) => `clock by ${field?.source.replaceAll(/\\b|\\W.*$|\(\?.*?\)/g, '')}`,
  );
  return clocks.flatMap(({ about, value: clock }) => {
    if ((time?.field ?? clock ?? others.find(({ name }) => name === 'vector')) === undefined) return [];
    const fields = [time?.field, event?.field, clock, ...others].filter((field) => field !== undefined);
    const pattern = patternOf(fields, lines);
    return named(time?.units ?? [undefined], (unit) => `times in ${unit}`).map((unit) => ({
      about: [about, unit.about].filter(Boolean),
      flags: {
        pattern,
        ...(unit.value !== undefined && unit.value !== 's' && { timeUnit: unit.value }),
        ...(event !== undefined && event.events !== '' && { events: event.events }),
      },
    }));
  });
}

/**
 * One pattern of all fields: in the order of the lines where they all have the same, else each
 * looked for from the beginning.
 */
function patternOf(fields: readonly Field[], lines: readonly string[]): string {
  const places = fields.map((field) => {
    const found = lines.flatMap((line) => new RegExp(field.source).exec(line)?.index ?? []);
    return {
      field,
      share: found.length / lines.length,
      mean: found.reduce((sum, at) => sum + at, 0) / found.length,
    };
  });
  const ordered = places.toSorted((a, b) => a.mean - b.mean);
  const isNeeded = (share: number, { name }: Field) =>
    share === 1 || (share > 0.5 && (name === 'clock' || name === 'time'));
  const inOrder = ordered
    .map(({ field, share }, i) => {
      const gap = i === 0 ? (field.source.startsWith('^') ? '' : '.*?') : '.*?';
      return isNeeded(share, field) ? gap + field.source : `(?:${gap}${field.source})?`;
    })
    .join('')
    .replace(/^\.\*\?/, '');
  if (findsAll(inOrder, fields, lines)) return inOrder;
  const anywhere = ordered.map(
    ({ field, share }) => `(?=.*?${field.source.replace(/^\^/, '')}${isNeeded(share, field) ? '' : '|'})`,
  );
  return `^${anywhere.join('')}`;
}

/** Whether a pattern finds what each field finds for itself. */
function findsAll(pattern: string, fields: readonly Field[], lines: readonly string[]): boolean {
  const whole = new RegExp(pattern);
  return lines.every((line) => {
    const found = whole.exec(line)?.groups;
    return (
      found === undefined ||
      fields.every(({ name, source }) => new RegExp(source).exec(line)?.groups?.[name] === found[name])
    );
  });
}
