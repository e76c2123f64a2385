/**
 * The manifest of a run, `run.json`: what must be known to read its logs and to run it again. Pure.
 */
import { z } from 'zod';
import { READ_VERSIONS } from './schema.ts';

/**
 * Names of machines go into file names and lists separated by spaces: no dots, slashes or blanks.
 */
const nodeName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, - and _ only');

const manifestSchema = z.object({
  schemaVersion: z.literal(READ_VERSIONS),
  program: z.string().min(1),
  /** The replication protocol, for programs that are one. */
  protocol: z.string().optional(),
  /**
   * Ticks of the machine's own clock a second, as they were set; absent if the machine chose them
   * itself.
   */
  machines: z.array(z.object({ id: nodeName, ticksPerSecond: z.number().positive().optional() })),
  /** A run without a seed of its own (a live one) has none. */
  seed: z.union([z.string(), z.number()]).optional(),
  /** What a message carries: the clock after its send event, or before it. */
  stamp: z.enum(['after', 'before']),
  vector: z.boolean(),
  versions: z.record(z.string(), z.string()),
  /** The run's other settings, by name. */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /**
   * When a live run began (ISO 8601). A simulated one has none: its folder is the same every time.
   */
  startedAt: z.string().optional(),
  /** Whether the run ended normally; false while it is under way or after it was killed. */
  finished: z.boolean(),
});

/** What a run folder says of its run. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The text of `run.json`. */
export function encodeManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** A text that is no manifest of a version that is read. The message says in one line why. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  /** Where it says so, from 1. */
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

/** The manifest in a text. Throws a `ManifestError`. */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ManifestError('is not JSON');
  }
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (!READ_VERSIONS.some((one) => one === version)) {
    const at = text.indexOf('"schemaVersion"');
    throw new ManifestError(
      `has schema version ${JSON.stringify(version)}; this Tickraft reads versions ${READ_VERSIONS.join(' and ')}`,
      at < 0 ? 1 : text.slice(0, at).split('\n').length,
    );
  }
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new ManifestError(`${issue.path.join('.') || 'manifest'}: ${issue.message}`);
}
