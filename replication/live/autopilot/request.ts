/** What operators send to change the autopilot, checked. */
import { z } from 'zod';
import { ReplicationError } from '../../errors.ts';

const requestSchema = z.union([
  z.strictObject({ paused: z.boolean() }),
  z.strictObject({ set: z.record(z.string().max(64), z.string().max(64)) }),
]);

/** A change of the autopilot: whether it is paused, or settings by name. */
export type AutopilotRequest = z.infer<typeof requestSchema>;

/** The change. Throws a `ReplicationError`. */
export function checkAutopilotRequest(body: unknown): AutopilotRequest {
  const parsed = requestSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ReplicationError('Rejected', 'what was sent is no change of the autopilot');
}
