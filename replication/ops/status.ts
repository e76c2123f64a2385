/** What the replicas of a cluster say of themselves: `GET /status` of each. */
import { z } from 'zod';
import { printable } from '../../vm/index.ts';

/** Text that may be printed: without control characters. */
const wordSchema = z.string().transform((text) => printable(text));

/** What `GET /status` answers. Checked, because another program may listen at that address. */
const statusSchema = z.object({
  id: wordSchema,
  pid: z.number(),
  protocol: wordSchema,
  role: wordSchema,
  term: z.number(),
  leader: wordSchema.optional(),
  leaderless: z.literal(true).optional(),
  commit: z.number(),
  applied: z.number(),
  lastIndex: z.number(),
  recovery: z.enum(['new', 'recovering', 'normal']),
  disk: z.enum(['ok', 'full']),
  draining: z.boolean().default(false),
  cluster: wordSchema.optional(),
  replicas: z.array(z.object({ id: wordSchema, url: wordSchema })),
  configuration: z
    .object({
      index: z.number(),
      voters: z.array(wordSchema),
      learners: z.array(wordSchema),
      outgoing: z.array(wordSchema).optional(),
    })
    .optional(),
  learning: z.record(wordSchema, wordSchema).optional(),
});

/** A replica's address and, if it answers, its status. */
export interface Answer {
  readonly url: string;
  readonly status: z.infer<typeof statusSchema> | undefined;
}

/** How long a replica may take to answer, in milliseconds. */
const ANSWER_MS = 2_000;

/** Asks all replicas at once. */
export function fetchStatuses(urls: readonly string[]): Promise<Answer[]> {
  return Promise.all(urls.map(async (url) => ({ url, status: await fetchStatus(url) })));
}

async function fetchStatus(url: string): Promise<Answer['status']> {
  try {
    const response = await fetch(`${url}/status`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return statusSchema.safeParse(await response.json()).data;
  } catch {
    return undefined;
  }
}
