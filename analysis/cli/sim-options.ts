/** The options of `tickraft sim --seeds`, checked: from words to a range of seeds. */
import { z } from 'zod';
import { PROTOCOLS, type SimulatedProtocol } from '../../replication/sim/index.ts';
import type { CampaignRange } from '../campaign/campaign.ts';

const wholeNumber = (low: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= low, `must be at least ${low}`);

const shard = z.string().transform((text, ctx) => {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const index = Number(match?.[1]);
  const count = Number(match?.[2]);
  if (match !== null && index >= 1 && index <= count) return { index, count };
  ctx.addIssue({ code: 'custom', message: 'must be a part of a whole, such as 1/4' });
  return z.NEVER;
});

const protocol = z.string().transform((name, ctx) => {
  const found = Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined;
  if (found !== undefined) return { name, protocol: found };
  const known = Object.keys(PROTOCOLS).join(', ');
  ctx.addIssue({ code: 'custom', message: `must be one of: ${known}` });
  return z.NEVER;
});

/** As commander hands them over. */
const optionsSchema = z.object({
  seeds: wholeNumber(1),
  firstSeed: wholeNumber(0),
  protocol,
  shard,
  json: z.boolean(),
  save: z.union([z.string().min(1, 'must name a folder'), z.literal(false)]),
});

/** The options of the command. */
export interface SimOptions {
  readonly range: CampaignRange;
  /** The protocol, and what the command calls it. */
  readonly protocol: { readonly name: string; readonly protocol: SimulatedProtocol };
  readonly json: boolean;
  /** The folder for scenarios of failures; undefined for none. */
  readonly save: string | undefined;
}

/** The options as a range of seeds. Throws an Error with one line for the person who typed them. */
export function parseSimOptions(raw: unknown): SimOptions {
  const parsed = optionsSchema.safeParse(raw);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new Error(`--${path.join('.').replace('firstSeed', 'first-seed')} ${message}`);
  }
  const { seeds, firstSeed, shard, protocol, json, save } = parsed.data;
  return { range: { seeds, firstSeed, shard }, protocol, json, save: save === false ? undefined : save };
}
