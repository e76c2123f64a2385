/** What is done to a world, as a sentence. */

import type { MemberChange } from '../../../replication/index.ts';
import type { LinkSettings } from '../../../vm/sim/index.ts';
import type { Action } from './timeline.ts';

/** An action on the world. */
export function describeAction(action: Action): string {
  switch (action.type) {
    case 'crash':
      return `${action.node} is killed: its memory is gone, its disk stays.`;
    case 'restart':
      return `${action.node} starts again with what is on its disk.`;
    case 'partition':
      return `The network is split: ${action.groups.map((group) => group.join(' ')).join(' | ')}.`;
    case 'heal':
      return 'All links are open again.';
    case 'rate':
      return `From its next tick on, ${action.node}'s clock makes ${action.ticksPerSecond} ticks a second.`;
    case 'network':
      return `From now on ${Math.round(action.settings.lossRate * 100)} % of all messages are lost on their way.`;
    case 'clog':
      return `The link from ${action.from} to ${action.to} is clogged: it keeps what is sent.`;
    case 'unclog':
      return `The link from ${action.from} to ${action.to} is free: what it has kept arrives at once.`;
    case 'wipe':
      return `${action.node} loses its disk, and all that was on it.`;
    case 'rot':
      return `A record on ${action.node}'s disk is damaged: it will notice when it starts again.`;
    case 'repair':
      return action.way === 'drop-tail'
        ? `${action.node}'s disk is repaired: it keeps what comes before the damage, and has no vote until it has caught up.`
        : `${action.node}'s disk is emptied: it has no vote until it has caught up.`;
    case 'disk':
      return action.settings.full
        ? `${action.node}'s disk is full: nothing that it writes is safe.`
        : `${action.node}'s disk has space again: what waited is written.`;
    case 'jump':
      return action.ticks > 0
        ? `${action.node}'s clock is set forward: ${action.ticks} ticks happen at once.`
        : `${action.node}'s clock is set back: it stops for ${-action.ticks} ticks.`;
    case 'pause':
      return `${action.node} is paused: what arrives waits in its inbox.`;
    case 'resume':
      return `${action.node} goes on where it was paused.`;
    case 'drift':
      return `${action.node}'s clock drifts: each second it makes ${action.perSecond} times as many ticks as the second before.`;
    case 'block':
      return `Nothing that ${action.from} sends reaches ${action.to}.`;
    case 'unblock':
      return `What ${action.from} sends reaches ${action.to} again.`;
    case 'link':
      return `The link from ${action.from} to ${action.to} ${describeLink(action.settings)}.`;
    case 'lose':
      return 'The message is lost.';
    case 'duplicate':
      return 'The message will arrive twice.';
    case 'delay':
      return 'The message is held up: others may overtake it.';
    case 'hasten':
      return 'The message arrives at once.';
    case 'edit':
      return 'The message says something else now.';
    case 'deliver':
      return `The oldest message from ${action.from} to ${action.to} arrives${action.keep ? ', and will arrive again' : ''}.`;
    case 'sync':
      return 'All disks have finished writing.';
    case 'join':
      return `${action.machine.id} starts: it belongs to no cluster until it is added to one.`;
    case 'request':
      return `A client asks ${action.node}: ${describeRequest(action.body)}.`;
  }
}

function describeLink({ delayUs, lossRate }: LinkSettings): string {
  const delay = `takes ${delayUs[0] / 1000} to ${delayUs[1] / 1000} ms`;
  return lossRate > 0 ? `loses ${Math.round(lossRate * 100)} % of its messages` : delay;
}

function describeRequest(body: Extract<Action, { type: 'request' }>['body']): string {
  if (body.type === 'change-members') return list(body.changes.map(describeChange));
  if (body.type === 'transfer') return `hand leadership to ${body.to}`;
  const { key, value } = (body.type === 'submit' ? body.command : {}) as { key?: string; value?: string };
  return key === undefined ? body.type : `put ${key} = ${value}`;
}

function describeChange(change: MemberChange): string {
  switch (change.do) {
    case 'add':
      return change.role === 'voter'
        ? `add ${change.id}, to vote in the end`
        : `add ${change.id} as a learner`;
    case 'abort':
      return 'give up the change under way';
    default:
      return `${change.do} ${change.id}`;
  }
}

/** `n1, n2 and n3`. */
export function list(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
