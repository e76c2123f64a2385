/**
 * Carries a decision out: by the requests that operators make too, and by a provisioner. All of it
 * may be begun again by the next leader: a start has a plan by which it is known, and a change is
 * refused if the members are no longer those that it was decided for.
 */
import { type NodeId, reason } from '../../../vm/index.ts';
import type { Action } from '../../autopilot/index.ts';
import type { MemberChange } from '../../members.ts';
import type { Provisioned, Provisioner } from '../../ops/provisioner/index.ts';
import type { ChangeMembers } from '../../protocol.ts';
import type { ReplicaAddress } from '../../replication.ts';

/** What a decision is carried out with. */
export interface Hands {
  readonly provisioner: Provisioner | undefined;
  readonly changeMembers: (request: Omit<ChangeMembers, 'type'>) => Promise<unknown>;
  readonly transfer: (to: NodeId) => Promise<unknown>;
}

/** The cluster that it was decided for. */
export interface Decided {
  readonly cluster: string;
  /** The entry that has the members. */
  readonly config: number;
  readonly members: readonly ReplicaAddress[];
  /** Whether it is still for this leader to carry out. */
  readonly isCurrent: () => boolean;
}

/** A replica could not be started. */
export class StartError extends Error {}

/**
 * Resolves with what has been done, in a few words. Rejects with an Error that says why not: a
 * `StartError` where nothing was started.
 */
export async function carryOut(action: Action, decided: Decided, hands: Hands): Promise<string> {
  const { config } = decided;
  const change = (changes: readonly MemberChange[], plan = '') =>
    hands.changeMembers({ changes, ifConfig: config, by: 'autopilot', plan });
  switch (action.do) {
    case 'start': {
      const { plan, id, url } = await start(action, decided, hands.provisioner);
      if (!decided.isCurrent()) throw new Error('another replica leads by now');
      const { zone, instead } = action;
      const address = { id, url, ...(zone !== undefined && { zone }) };
      if (instead !== undefined) await change([{ do: 'replace', id: instead, with: address }], plan);
      else await change([{ do: 'add', role: action.want, ...address }], plan);
      return instead === undefined ? `${id} is added` : `${id} takes the place of ${instead}`;
    }
    case 'promote':
    case 'demote':
      await change(action.ids.map((id) => ({ do: action.do, id })));
      return `${action.ids.join(' and ')} ${action.do === 'promote' ? 'may vote' : 'has no vote now'}`;
    case 'remove':
      await change([{ do: 'remove', id: action.id }]);
      // It ends by itself, if it runs and hears of it.
      await hands.provisioner?.stop(action.id);
      return `${action.id} is removed`;
    case 'transfer':
      await hands.transfer(action.to);
      return `${action.to} leads`;
  }
}

type Started = Provisioned & { readonly url: string };

async function start(
  action: Extract<Action, { do: 'start' }>,
  decided: Decided,
  provisioner: Provisioner | undefined,
): Promise<Started> {
  try {
    return await startOrFind(action, decided, provisioner);
  } catch (error) {
    throw new StartError(reason(error), { cause: error });
  }
}

/** Starts a replica, unless one was started for the same purpose that is no member yet. */
async function startOrFind(
  action: Extract<Action, { do: 'start' }>,
  { cluster, config, members }: Decided,
  provisioner: Provisioner | undefined,
): Promise<Started> {
  if (provisioner === undefined) throw new Error('there is nothing that starts replicas');
  const purpose = action.instead === undefined ? 'reader' : `for-${action.instead.slice(0, 24)}`;
  const prefix = `${cluster.slice(0, 8)}-${purpose}-`;
  const listed = await provisioner.list();
  const isMember = ({ id }: Provisioned) => members.some((member) => member.id === id);
  const waiting = listed.find((one) => one.plan.startsWith(prefix) && one.isRunning && !isMember(one));
  if (waiting !== undefined) return reached(waiting);
  // A start that came to nothing is not repeated: the next one has a plan of its own.
  const before = listed.filter(({ plan }) => plan.startsWith(`${prefix}${config}-`)).length;
  const plan = `${prefix}${config}-${before + 1}`;
  const id = freeId([...members, ...listed].map((one) => one.id));
  const join = members.map(({ url }) => url);
  await provisioner.start({ plan, id, join, ...(action.zone !== undefined && { zone: action.zone }) });
  const started = (await provisioner.list()).find((one) => one.plan === plan);
  if (started === undefined) throw new Error(`${id} was started, and is not listed`);
  return reached(started);
}

function reached(one: Provisioned): Started {
  const { url } = one;
  if (url === undefined) throw new Error(`${one.id} was started, and its address is not known`);
  return { ...one, url };
}

/** A name that none of them has: `r` and a number. */
export function freeId(ids: readonly NodeId[]): NodeId {
  const numbers = ids.map((id) => Number(/^r(\d{1,9})$/.exec(id)?.[1] ?? 0));
  return `r${Math.max(0, ...numbers) + 1}`;
}
