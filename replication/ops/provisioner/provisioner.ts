/** The port behind which replicas are started and stopped. */
import { z } from 'zod';

/** A replica that is to be started. */
export interface ReplicaSpec {
  /**
   * The plan that it is started by: a name that no other start has. Starting it again for the same
   * plan changes nothing, also after it has ended or was stopped.
   */
  readonly plan: string;
  /** The name of the replica. */
  readonly id: string;
  readonly zone?: string | undefined;
  /** Addresses of members of the cluster that it is to join. */
  readonly join?: readonly string[] | undefined;
}

/** A replica that was started. */
export interface Provisioned {
  readonly plan: string;
  readonly id: string;
  readonly isRunning: boolean;
  /** Where clients and peers reach it. Without it, it cannot be added to a cluster. */
  readonly url?: string | undefined;
}

/** Starts and stops replicas. All of it may be called again at any time, by another process too. */
export interface Provisioner {
  /** Resolves once it was started, or had been. */
  start(spec: ReplicaSpec): Promise<void>;
  /** Resolves once no replica of that name runs that was started here. */
  stop(id: string): Promise<void>;
  /** Everything that was started, running or not. */
  list(): Promise<readonly Provisioned[]>;
}

const name = z
  .string('must be given')
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be letters, digits, - and _ only');
/** The address of a replica. */
export const urlSchema = z
  .string()
  .refine((text) => /^http:/.test(text) && URL.canParse(text), 'must be an address such as http://host:8081')
  .transform((text) => new URL(text).origin);
const specSchema = z.object({
  plan: name,
  id: name,
  zone: name.optional(),
  join: z.array(urlSchema).optional(),
});

/** Throws an Error if a name could be taken for something else in a path or a shell. */
export function checkSpec(spec: ReplicaSpec): void {
  const parsed = specSchema.safeParse(spec);
  if (parsed.success) return;
  const { path, message } = parsed.error.issues[0]!;
  throw new Error(`the ${String(path[0])} of a replica to start ${message}`);
}
