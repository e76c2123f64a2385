/**
 * A run as the part of a web address after `#`: a link reproduces exactly what a teacher prepared.
 * The contents of a link are checked before they are used.
 */
import * as z from 'zod/mini';
import { PROTOCOLS } from '../../../replication/sim/index.ts';
import { MAX_MACHINES } from './members.ts';
import { CLOCKS, type Run } from './run.ts';
import { MAX_SCRIPT, openScript } from './script.ts';
import { isSame } from './timeline.ts';

/** The most simulation events of a run: a few seconds of calculation. */
export const MAX_STEPS = 200_000;
/** The most inputs of a run. */
export const MAX_INPUTS = 500;
/** Numbers of machines that the page offers. */
export const MACHINE_COUNTS = [3, 5, 7] as const;

const node = z.string().check(z.maxLength(20));
const count = z.int().check(z.gte(0));
const rate = z.number().check(z.gte(0), z.lte(1));
const delayUs = z
  .tuple([count, count])
  .check(z.refine(([low, high]) => low <= high && high <= 60_000_000, 'a delay goes from low to high'));
const text = z.string().check(z.maxLength(100));

const link = z.object({ delayUs, lossRate: rate, duplicateRate: rate, reorderRate: rate });

const change = z.discriminatedUnion('do', [
  z.object({ do: z.literal('add'), role: z.enum(['voter', 'learner']), id: node }),
  z.object({ do: z.enum(['promote', 'demote', 'remove']), id: node }),
]);

const body = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('submit'),
    command: z.object({ type: z.literal('put'), key: text, value: text }),
  }),
  z.object({ type: z.literal('transfer'), to: node }),
  z.object({
    type: z.literal('change-members'),
    changes: z.array(change).check(z.minLength(1), z.maxLength(MAX_MACHINES)),
  }),
]);

/** Its name is one of those that the page gives: event logs are files of that name. */
const newNode = z.string().check(z.regex(/^[mn]\d{1,2}$/));
const ticksPerSecond = z.number().check(z.gte(0.1), z.lte(1000));

const command = z.discriminatedUnion('type', [
  z.object({ type: z.literal('request'), node, body }),
  z.object({ type: z.literal('join'), machine: z.object({ id: newNode, ticksPerSecond }) }),
  z.object({ type: z.literal('crash'), node }),
  z.object({ type: z.literal('restart'), node }),
  z.object({
    type: z.literal('partition'),
    groups: z.array(z.array(node).check(z.maxLength(MAX_MACHINES))).check(z.maxLength(MAX_MACHINES)),
  }),
  z.object({ type: z.literal('heal') }),
  z.object({ type: z.literal('clog'), from: node, to: node }),
  z.object({ type: z.literal('unclog'), from: node, to: node }),
  z.object({ type: z.enum(['block', 'unblock']), from: node, to: node }),
  z.object({ type: z.enum(['pause', 'resume']), node }),
  z.object({ type: z.literal('drift'), node, perSecond: z.number().check(z.gte(0.1), z.lte(10)) }),
  z.object({ type: z.enum(['lose', 'duplicate', 'hasten']), order: count }),
  z.object({ type: z.literal('delay'), order: count, us: count.check(z.lte(60_000_000)) }),
  z.object({ type: z.literal('edit'), order: count, body: z.unknown() }),
  z.object({ type: z.literal('wipe'), node }),
  z.object({ type: z.literal('rot'), node }),
  z.object({ type: z.literal('repair'), node, way: z.enum(['drop-tail', 'start-empty']) }),
  z.object({
    type: z.literal('disk'),
    node,
    settings: z.object({ syncUs: delayUs, full: z.boolean() }),
  }),
  z.object({ type: z.literal('jump'), node, ticks: z.int().check(z.gte(-1000), z.lte(1000)) }),
  z.object({ type: z.literal('rate'), node, ticksPerSecond }),
  z.object({ type: z.literal('network'), settings: link }),
  z.object({ type: z.literal('link'), from: node, to: node, settings: link }),
]);

const schema = z.object({
  /** A scenario in place of the four below; in the words of `tickraft sim`. */
  script: z.optional(z.string().check(z.maxLength(MAX_SCRIPT))),
  /** How many of the scenario's own inputs come first. */
  kept: z.optional(z.coerce.number().check(z.int(), z.gte(0))),
  program: z._default(z.enum([...Object.keys(PROTOCOLS), CLOCKS]), 'raft'),
  machines: z._default(z.coerce.number().check(z.refine((n) => MACHINE_COUNTS.some((m) => m === n))), 5),
  preset: z._default(z.enum(['class', 'quick']), 'class'),
  seed: z._default(z.coerce.number().check(z.int(), z.gte(0)), 7),
  steps: z._default(z.coerce.number().check(z.int(), z.gte(0), z.lte(MAX_STEPS)), 0),
  inputs: z.array(z.tuple([count.check(z.lte(MAX_STEPS)), count, command])).check(z.maxLength(MAX_INPUTS)),
});

/**
 * The run of an address's part after `#`. What it leaves out has defaults. Throws an Error with one
 * line if it makes no sense.
 */
export function parseLink(hash: string): Run {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  // Links of earlier versions call the preset a pace.
  const preset = fields.get('preset') ?? fields.get('pace') ?? undefined;
  const parsed = schema.safeParse({
    ...Object.fromEntries(fields),
    preset,
    inputs: parseJson(fields.get('inputs') ?? '[]'),
  });
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new Error(`this link does not describe a run: ${path.join('.')}: ${message}`);
  }
  const { script, kept, steps, program, machines, seed } = parsed.data;
  const inputs = parsed.data.inputs.map(([steps, atUs, action]) => ({ steps, atUs, action }));
  if (script === undefined) return { program, machines, preset: parsed.data.preset, seed, inputs, steps };
  return { script, inputs: [...openScript(script).inputs.slice(0, kept), ...inputs], steps };
}

/** The part of an address after `#` that `parseLink` makes this run of. */
export function formatLink(run: Run): string {
  const fields = new URLSearchParams();
  let own = run.inputs;
  if ('script' in run) {
    const told = openScript(run.script).inputs;
    const kept = told.findIndex((input, i) => !isSame(input, run.inputs[i]));
    fields.set('script', run.script);
    if (kept >= 0) fields.set('kept', `${kept}`);
    own = run.inputs.slice(kept >= 0 ? kept : told.length);
  } else {
    const { program, preset, machines, seed } = run;
    for (const [name, value] of Object.entries({ program, preset, machines, seed })) {
      fields.set(name, `${value}`);
    }
  }
  fields.set('steps', `${run.steps}`);
  if (own.length > 0) {
    fields.set('inputs', JSON.stringify(own.map(({ steps, atUs, action }) => [steps, atUs, action])));
  }
  return fields.toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
