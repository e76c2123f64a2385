/** A change of the members as operators send it, checked. */
import { z } from 'zod';
import { ReplicationError } from '../../errors.ts';
import type { ChangeMembers } from '../../protocol.ts';

/** The most changes in one request. */
const MOST_CHANGES = 100;

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const url = z
  .string()
  .max(200)
  .refine((text) => /^http:/.test(text) && URL.canParse(text) && new URL(text).origin === text);
const zone = id.optional();
const role = z.enum(['voter', 'learner']);

const requestSchema = z.object({
  changes: z
    .array(
      z.discriminatedUnion('do', [
        z.object({ do: z.literal('add'), id, url, zone, role }),
        z.object({ do: z.enum(['promote', 'demote', 'remove']), id }),
        z.object({ do: z.literal('replace'), id, with: z.object({ id, url, zone }) }),
        z.object({ do: z.literal('update'), id, url: url.optional(), zone }),
        z.object({ do: z.literal('abort') }),
      ]),
    )
    .min(1)
    .max(MOST_CHANGES),
  ifConfig: z.int().min(0).optional(),
});

/** The change. Throws a `ReplicationError` that says what is wrong with it. */
export function checkMemberRequest(body: unknown): Omit<ChangeMembers, 'type'> {
  const parsed = requestSchema.safeParse(body);
  if (parsed.success) return { ...parsed.data, by: 'operator' };
  const { path, message } = parsed.error.issues[0]!;
  throw new ReplicationError('Rejected', [...path, message].join(': '));
}
