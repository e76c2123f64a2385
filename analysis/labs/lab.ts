/**
 * A lab: a folder with `lab.json` (what is graded, for how many points) and the scenarios that it
 * names. Those of this package are in `docs/labs/`; a teacher's own may be anywhere.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { packagedFile } from '../../logs/index.ts';

/** A lab that cannot be read, or a program that cannot be graded. The message is one line. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

const milliseconds = z.number().int().min(0).max(60_000);
const rate = z.number().min(0).max(1);

/** Faults that random scenarios may have. Each ends before the scenario does. */
const FAULTS = ['crash', 'pause', 'partition', 'cut'] as const;
export type FaultName = (typeof FAULTS)[number];

const randomSchema = z.strictObject({
  /** How many scenarios, each drawn from its seed: 1, 2, and so on. */
  seeds: z.number().int().min(1).max(10_000),
  machines: z.number().int().min(1).max(9),
  /** What clients ask for, and how often. */
  requests: z.number().int().min(0).max(200).default(0),
  commands: z.array(z.enum(['put', 'append', 'get'])).default(['put', 'get']),
  faults: z.array(z.enum(FAULTS)).default([]),
  /** How many faults, and whether one begins only when the one before has ended. */
  count: z.number().int().min(0).max(50).default(0),
  oneAtATime: z.boolean().default(false),
  /** The time before the first request and fault, of all of them, and after the last has ended. */
  before: milliseconds.default(500),
  during: milliseconds.default(2_000),
  after: milliseconds.default(2_000),
  /** How long a fault lasts, at least and at most. */
  lasts: z.tuple([milliseconds, milliseconds]).default([50, 800]),
  network: z
    .strictObject({
      delay: z.tuple([milliseconds, milliseconds]),
      loss: rate.default(0),
      reorder: rate.default(0),
    })
    .default({ delay: [1, 5], loss: 0, reorder: 0 }),
  /** Its last lines, in the scenario language: what is expected then. */
  ending: z.array(z.string()),
});

/** How scenarios are drawn at random. Times in milliseconds. */
export type RandomScenarios = z.infer<typeof randomSchema>;

const itemSchema = z.strictObject({
  /** A word for file names. */
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  title: z.string().min(1),
  points: z.number().int().min(0).max(1_000),
  /** Files of the folder. All must hold. */
  scenarios: z.array(z.string().regex(/^[\w-]+[.]scenario$/)).default([]),
  random: randomSchema.optional(),
  /** Seeds of a campaign (`../campaign/`), from 1 on: for Raft with the student's rule. */
  campaign: z.strictObject({ seeds: z.number().int().min(1).max(10_000) }).optional(),
  /** What programs are held to in every step, whatever they claim. */
  guarantees: z
    .strictObject({ oneLeaderPerTerm: z.boolean().default(false), durable: z.boolean().default(false) })
    .default({ oneLeaderPerTerm: false, durable: false }),
});

/** Something that is graded. */
export type LabItem = z.infer<typeof itemSchema>;

const labSchema = z.strictObject({
  title: z.string().min(1),
  /** What the student's file exports: a protocol, or a rule for what Raft commits. */
  program: z.enum(['protocol', 'commit-rule']),
  items: z.array(itemSchema).min(1),
});

/** A lab, and where it is. */
export interface Lab extends z.infer<typeof labSchema> {
  readonly name: string;
  readonly folder: string;
}

/** The labs of this package. */
const LABS = fileURLToPath(packagedFile('docs/labs/'));

/** Reads a lab: one of this package by its name, or a folder. Throws a `LabError`. */
export function readLab(name: string): Lab {
  const own = join(LABS, name);
  const folder = /^lab\d$/.test(name) && existsSync(own) ? own : resolve(name);
  const file = join(folder, 'lab.json');
  if (!existsSync(file))
    throw new LabError(`there is no lab ${name}: name lab1 to lab5, or a folder with lab.json`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new LabError(`${file}: cannot be read (${(error as Error).message})`);
  }
  const parsed = labSchema.safeParse(json);
  if (parsed.success) return { ...parsed.data, name: basename(folder), folder };
  const { path, message } = parsed.error.issues[0]!;
  throw new LabError(`${file}: ${path.join('.')}: ${message}`);
}

/** A scenario of a lab. Throws a `LabError` if it is not there. */
export function readSuite(lab: Lab, name: string): string {
  try {
    return readFileSync(join(lab.folder, name), 'utf8');
  } catch (error) {
    throw new LabError(
      `${join(lab.folder, name)}: cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}
