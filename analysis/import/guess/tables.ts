/** Guesses how tables are to be read: CSV, JSONL, and lines with names and values. */
import type { EventKind } from '../../../vm/index.ts';
import { kindByWord } from '../event-kind.ts';
import { distinct, type Role, rises, rolesOf, type SampleColumn, unitsOf } from './columns.ts';
import { type Choice, named, type Reading } from './reading.ts';
import { usualKind } from './words.ts';

/** A sample as columns, and the flags that its form needs. */
export interface SampleTable {
  readonly columns: readonly SampleColumn[];
  readonly flags: { readonly format?: string };
  /** Columns that rows of a kind lack, where rows differ: by the text of their event. */
  readonly short: ReadonlyMap<string, number>;
}

type Chosen = Partial<Record<Role, SampleColumn>>;

/** The readings of a table, the most likely first; none if it has neither a time nor a clock. */
export function tableReadings({ columns, flags, short }: SampleTable): Reading[] {
  return choose(columns).flatMap(({ about, value: chosen }) => {
    const { time, clock, vector } = chosen;
    if ((time ?? clock ?? vector) === undefined) return [];
    const units = time === undefined ? [undefined] : unitsOf(time.values, time.ref);
    return named(units, (unit) => `times in ${unit}`).flatMap((unit) =>
      eventChoices(chosen).map((events) => ({
        about: [about, unit.about, events.about].filter(Boolean),
        flags: {
          ...flags,
          columns: [pairs(chosen), ...shortRows(chosen, short)],
          ...(unit.value !== undefined && unit.value !== 's' && { timeUnit: unit.value }),
          ...(events.value !== '' && { events: events.value }),
        },
      })),
    );
  });
}

function pairs(chosen: Chosen): string {
  return Object.entries(chosen)
    .map(([role, column]) => `${role}=${column.ref}`)
    .join(',');
}

/** Rows of a kind that have fewer columns lack some of ours. */
function shortRows(chosen: Chosen, short: SampleTable['short']): string[] {
  return [...short].map(([kind, columns]) => {
    const lacking = Object.entries(chosen).filter(([, { ref }]) => Number(ref) > columns);
    return `${kind}: ${lacking.map(([role]) => `${role}=`).join(',')}`;
  });
}

/** Where several columns may be the same of ours, each way is a choice. A column is taken once. */
function choose(columns: readonly SampleColumn[]): Choice<Chosen>[] {
  const roles = new Map(columns.map((column) => [column, rolesOf(column)]));
  const candidates = (role: Role) => columns.filter((column) => roles.get(column)!.includes(role));
  const certain: Chosen = {};
  for (const role of ['vector', 'event', 'send', 'receive', 'internal', 'sender_clock', 'message'] as const) {
    const [first] = candidates(role);
    if (first !== undefined) certain[role] = first;
  }
  const times = candidates('time').filter(({ named }) => named);
  const clocks = preferred(candidates('clock'));
  const byValue = !columns.some(({ named }) => named);
  const ways = byValue
    ? numberWays(columns, roles)
    : (times.length === 0 ? [undefined] : times).flatMap((time) =>
        (clocks.length === 0 ? [undefined] : clocks).map((clock) => ({ time, clock })),
      );
  const others = { queue: candidates('queue'), peer: candidates('peer'), machine: candidates('machine') };
  return named(ways, ({ time, clock }) =>
    [time && `time is ${time.ref}`, clock && `clock is ${clock.ref}`].filter(Boolean).join(', '),
  ).map(({ about, value: { time, clock } }) => {
    const taken = new Set([time, clock, ...Object.values(certain)]);
    const chosen: Chosen = { ...(time && { time }), ...certain, ...(clock && { clock }) };
    for (const role of ['machine', 'peer', 'queue'] as const) {
      const free = others[role].find((column) => !taken.has(column));
      if (free === undefined) continue;
      chosen[role] = free;
      taken.add(free);
    }
    return { about, value: chosen };
  });
}

/** Of several clocks, those after the event. */
function preferred(clocks: readonly SampleColumn[]): readonly SampleColumn[] {
  const after = clocks.filter(({ ref }) => /new|after|updated/i.test(ref));
  return after.length > 0 ? after : clocks;
}

/**
 * Without names, times and clocks are numbers that go up; times are the greater ones, most often.
 */
function numberWays(
  columns: readonly SampleColumn[],
  roles: ReadonlyMap<SampleColumn, readonly Role[]>,
): { time: SampleColumn | undefined; clock: SampleColumn | undefined }[] {
  const sure = columns.filter((column) => roles.get(column)!.join() === 'time');
  const rising = columns.filter(({ values }) => rises(values.filter(Boolean)) && values.some(Boolean));
  const numbers = rising.filter((column) => roles.get(column)!.includes('clock'));
  const greatest = (column: SampleColumn) => Math.max(...column.values.map(Number).filter(Number.isFinite));
  // Some numbers only never fall: if others do better, they are none of both.
  const strict = numbers.filter(
    ({ values }) => distinct(values.filter(Boolean)) === values.filter(Boolean).length,
  );
  const ordered = [...(strict.length > 1 ? strict : numbers)].sort((a, b) => greatest(b) - greatest(a));
  if (sure.length > 0)
    return sure.flatMap((time) =>
      (numbers.length > 0 ? numbers : clocksThatFall(columns, roles)).map((clock) => ({ time, clock })),
    );
  if (ordered.length < 2) return [{ time: undefined, clock: ordered[0] }];
  return ordered.flatMap((time) =>
    ordered.filter((clock) => clock !== time).map((clock) => ({ time, clock })),
  );
}

/** In a file of several machines clocks go up and down. */
function clocksThatFall(
  columns: readonly SampleColumn[],
  roles: ReadonlyMap<SampleColumn, readonly Role[]>,
): (SampleColumn | undefined)[] {
  const numbers = columns.filter((column) => roles.get(column)!.includes('clock'));
  return numbers.length === 0 ? [undefined] : numbers;
}

/** What `--events` may say: nothing, where the reader knows all words by itself. */
function eventChoices({ event, clock }: Chosen): Choice<string>[] {
  if (event === undefined) return [{ about: '', value: '' }];
  const texts = [...new Set(event.values.filter(Boolean))].filter((text) => kindByWord(text) === undefined);
  const usual = texts.flatMap((text) => {
    const kind = usualKind(text);
    return kind === undefined ? [] : [[text, kind] as const];
  });
  const codes = texts.filter((text) => /^\d+$/.test(text));
  if (codes.length < 2 || codes.length > 3) return [{ about: '', value: eventFlag(usual) }];
  const receives = clock === undefined ? codes : codesThatJump(event, clock, codes);
  const ways = receives.flatMap((receive) => {
    const [one, other] = codes.filter((code) => code !== receive);
    return [[one!, other], ...(other === undefined ? [] : [[other, one]])].map(([send, internal]) => [
      ...usual,
      [receive, 'receive'] as const,
      [send!, 'send'] as const,
      ...(internal === undefined ? [] : [[internal, 'internal'] as const]),
    ]);
  });
  return named(ways.map(eventFlag), (value) => `events ${value}`);
}

function eventFlag(events: readonly (readonly [string, EventKind])[]): string {
  return events.map(([text, kind]) => `${text}=${kind}`).join(',');
}

/** Codes of rows that move the clock by more than one: only a receive does. */
function codesThatJump(
  event: SampleColumn,
  clock: SampleColumn,
  codes: readonly string[],
): readonly string[] {
  const jumped = event.values.filter(
    (_, i) => i > 0 && Number(clock.values[i]) - Number(clock.values[i - 1]) > 1,
  );
  const some = codes.filter((code) => jumped.includes(code));
  return some.length > 0 && distinct(some) < codes.length ? some : codes;
}
