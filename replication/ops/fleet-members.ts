/** What `tickraft up` does to the members of its cluster: as the commands for operators do it. */
import type { MemberChange } from '../members.ts';
import { postAdmin } from './admin-client.ts';
import type { Fleet } from './fleet.ts';
import { type Answer, fetchStatuses } from './status.ts';

/** How long the cluster may take (ms). */
const ANSWER_MS = 30_000;

/**
 * Starts one more replica and adds it, as one that is to vote. Resolves with its name. Rejects with
 * an Error that says why not; then it waits to be added.
 */
export async function addReplica(fleet: Fleet, id: string, secret: string | undefined): Promise<void> {
  const { url } = await fleet.add(id);
  await change(fleet, { do: 'add', id, url, role: 'voter' }, secret);
}

/**
 * Removes a replica, whose process then ends by itself. Rejects with an Error that says why not.
 */
export async function removeReplica(fleet: Fleet, id: string, secret: string | undefined): Promise<void> {
  await change(fleet, { do: 'remove', id }, secret);
}

/** Lets the autopilot act. Rejects with an Error that says why not. */
export async function turnOnAutopilot(fleet: Fleet, secret: string | undefined): Promise<void> {
  await ask(fleet, 'set-autopilot', { paused: false }, secret);
}

/**
 * Ends replicas that are no members, as one that was removed while it did not run: nobody has told
 * it. Resolves when they have ended.
 */
export async function dropStrangers(fleet: Fleet, print: (line: string) => void): Promise<void> {
  const members = (await leaderOf(fleet))?.status?.replicas.map(({ id }) => id);
  if (members === undefined) return;
  for (const { id } of fleet.places.filter((place) => !members.includes(place.id))) {
    await fleet.retire(id);
    print(`${id} is no member of the cluster, and was ended`);
  }
}

function change(fleet: Fleet, one: MemberChange, secret: string | undefined): Promise<void> {
  return ask(fleet, 'change-members', { changes: [one] }, secret);
}

async function ask(fleet: Fleet, action: string, body: object, secret: string | undefined): Promise<void> {
  const leader = await leaderOf(fleet);
  if (leader === undefined) throw new Error('the cluster has no leader: try again when it has one');
  await postAdmin(leader.url, action, secret, { signal: AbortSignal.timeout(ANSWER_MS), body });
}

async function leaderOf(fleet: Fleet): Promise<Answer | undefined> {
  const answers = await fetchStatuses(fleet.places.map(({ url }) => url));
  return answers.find(({ status }) => status !== undefined && status.leader === status.id);
}
