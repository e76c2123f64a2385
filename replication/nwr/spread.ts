/**
 * How copies come together that have missed something. A hint is a note for a machine that was
 * silent: which keys it is to be brought once it is heard again (Dynamo, 4.6). And now and then a
 * machine compares a part of its keys with another one (anti-entropy: Demers and others 1987); here
 * by the names of versions, not by hash trees.
 */
import { type NodeId, prefixEnd } from '../../vm/index.ts';
import { copiesIn, copyOf, HINT, takeFromOthers } from './copies.ts';
import type { Item, Nwr, NwrMessage } from './state.ts';
import { nameOf } from './versions.ts';

type Spread = Extract<NwrMessage, { type: 'Spread' }>;
type SpreadReply = Extract<NwrMessage, { type: 'SpreadReply' }>;

/** The most hints that are delivered at once. */
const HINTS_AT_ONCE = 100;
/** The answer to a delivery of hints repeats this. */
export const HINTS = 'hints';

/** Notes that `home` is to be brought these keys. */
export function keepHints({ ctx }: Nwr, home: NodeId, items: readonly Item[]): void {
  for (const [key, versions] of items) ctx.disk.put(`${HINT}${home}/${key}`, nameOf(versions));
}

/** Once a tick: delivers hints, and compares with another machine when it is time. */
export function tickSpread(replica: Nwr): void {
  const { state, ctx, settings } = replica;
  const others = state.machines.filter((machine) => machine !== ctx.self);
  if (ctx.now < state.spreadAt || others.length === 0) return;
  state.spreadAt = ctx.now + settings.spreadTicks;
  for (const other of others) deliverHints(replica, other);
  compareWith(replica, others[ctx.random(others.length) - 1]!);
}

/** Brings a machine that has been heard lately what it has missed. */
function deliverHints({ state, ctx, settings }: Nwr, to: NodeId): void {
  const heardAt = state.heardAt[to];
  if (heardAt === undefined || ctx.now - heardAt > 3 * settings.spreadTicks) return;
  const prefix = `${HINT}${to}/`;
  const hints = [...ctx.disk.range(prefix, prefixEnd(prefix), { limit: HINTS_AT_ONCE })];
  if (hints.length === 0) return;
  const items = hints.map(([key]): Item => {
    const plain = key.slice(prefix.length);
    return [plain, copyOf(ctx.disk, plain)];
  });
  state.delivering[to] = hints.map(([key, name]) => [key, String(name)]);
  ctx.send(to, { type: 'Put', id: HINTS, items, hints: [] });
}

/** It has what the hints were about. Those that were noted anew meanwhile stay. */
export function onHintsDone({ state, ctx }: Nwr, from: NodeId): void {
  for (const [key, name] of state.delivering[from] ?? [])
    if (ctx.disk.get(key) === name) ctx.disk.delete(key);
  delete state.delivering[from];
}

function compareWith({ state, ctx, settings }: Nwr, other: NodeId): void {
  const from = state.cursors[other] ?? '';
  const found = copiesIn(ctx.disk, [from, ''], settings.maxKeysPerSpread + 1);
  const to = found[settings.maxKeysPerSpread]?.[0];
  const names = found.slice(0, settings.maxKeysPerSpread).map(([key, all]) => [key, nameOf(all)] as const);
  state.cursors[other] = to ?? '';
  ctx.send(other, { type: 'Spread', from, to, names }, { lazy: true });
}

/** Another machine says what it has of a range of keys. */
export function onSpread({ ctx, settings }: Nwr, sender: NodeId, { from, to, names }: Spread): void {
  const theirs = new Map(names);
  const mine = new Map(copiesIn(ctx.disk, [from, to ?? ''], 2 * settings.maxKeysPerSpread));
  const items = [...mine].filter(([key, versions]) => nameOf(versions) !== theirs.get(key));
  const wants = names.filter(([key, name]) => nameOf(mine.get(key) ?? []) !== name).map(([key]) => key);
  if (items.length + wants.length > 0) ctx.send(sender, { type: 'SpreadReply', items, wants });
}

/** What differs: both sides take what the other has. */
export function onSpreadReply(replica: Nwr, sender: NodeId, { items, wants }: SpreadReply): void {
  const { ctx } = replica;
  takeFromOthers(replica, items);
  const wanted = wants.map((key): Item => [key, copyOf(ctx.disk, key)]).filter(([, all]) => all.length > 0);
  if (wanted.length > 0) ctx.send(sender, { type: 'Put', id: '', items: wanted, hints: [] });
}
