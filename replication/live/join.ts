/**
 * What a replica that is to be added to a cluster has to know of it before it starts: its id. With
 * that in its data directory it can neither found a cluster nor be taken into another one.
 */
import { z } from 'zod';
import type { NodeId } from '../../vm/index.ts';
import { greetingHeaders } from '../../vm/live/index.ts';
import { ReplicationError } from '../errors.ts';

/** How long a member may take to answer, and between two attempts, in milliseconds. */
const ANSWER_MS = 2_000;
const AGAIN_MS = 250;
/** How often all of them are asked. */
const ATTEMPTS = 20;

/** What is read of a member's status. */
const statusSchema = z.object({
  cluster: z.string().min(1),
  configuration: z.object({ index: z.int().min(0), voters: z.array(z.string()) }),
});

/** What a replica that joins writes into its data directory. */
export interface ClusterToJoin {
  readonly clusterId: string;
  readonly joining: true;
}

/**
 * Asks the members at `urls` for their cluster. Rejects with a `ReplicationError` if none of them
 * answers in time, or if `id` is one that the cluster was founded with.
 */
export async function findCluster(
  id: NodeId,
  urls: readonly string[],
  secret: string | undefined,
): Promise<ClusterToJoin> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    for (const url of urls) {
      const status = await askStatus(url, secret);
      if (status === undefined) continue;
      const { index, voters } = status.configuration;
      if (index === 0 && voters.includes(id)) {
        const message = `${id} is a replica that the cluster was founded with: start it with --peers`;
        throw new ReplicationError('Rejected', message);
      }
      return { clusterId: status.cluster, joining: true };
    }
  }
  throw new ReplicationError('NoLeader', `no replica of a cluster admits this one at ${urls.join(' or ')}`);
}

async function askStatus(
  url: string,
  secret: string | undefined,
): Promise<z.infer<typeof statusSchema> | undefined> {
  const headers = greetingHeaders(secret === undefined ? {} : { secret });
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await fetch(`${url}/admin/status`, { method: 'POST', headers, signal });
    return statusSchema.safeParse(await response.json()).data;
  } catch {
    return undefined;
  }
}
