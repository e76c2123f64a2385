/**
 * Who may use a replica as a client of the replication, or as an operator: who shows the cluster's
 * secret; without a secret, programs on this computer only. Pages never.
 */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { addressOf, greetingOf, isFromPage, isLoopback, isSameSecret } from '../../vm/live/index.ts';

const greetingSchema = z.object({ secret: z.string().optional() });

/** Why a caller is not admitted; undefined if it is. */
export function refusal(secret: string | undefined, request: IncomingMessage): string | undefined {
  if (isFromPage(request)) return 'pages may not connect as clients of the replication';
  const greeting = greetingSchema.safeParse(greetingOf(request)).data;
  if (greeting === undefined) return 'the greeting is not that of a client';
  if (secret === undefined)
    return isLoopback(addressOf(request))
      ? undefined
      : 'no secret is set, so only local programs are admitted';
  const isShown = greeting.secret !== undefined && isSameSecret(secret, greeting.secret);
  return isShown ? undefined : "the cluster's secret is required";
}
