/** Decisions in words, for operators. */
import type { Action, Held, HeldReason } from './settings.ts';

const REASONS: Readonly<Record<HeldReason, string>> = {
  paused: 'it is paused',
  election: 'the leader has committed nothing in its own term yet',
  change: 'a change of the members is under way',
  transfer: 'leadership is being handed over',
  learning: 'a replica is being started, or learning',
  quorum: 'too few of the voters would be healthy',
  'no-replacement': 'nothing can take its place: nothing starts replicas, and no reader is stable',
  'backing-off': 'what was started came to nothing, and the next start is not due yet',
  'not-stable': 'it has not been healthy for long enough',
  'not-checked': "its copy was not compared with the leader's yet",
  'enough-voters': 'there are as many voters as there are to be',
  'odd-voters': 'the number of voters would be even',
  'no-successor': 'no other voter is fit to lead',
  'cool-down': 'the last change of this kind is not long ago',
  'max-readers': 'there are as many readers as there may be',
  'predicted-load': 'with one reader less, the load of the others would be too high',
};

/** All reasons for which something is held back. */
export const HELD_REASONS = Object.keys(REASONS) as readonly HeldReason[];

/** All kinds of decisions: the class, and what is done. */
export const DECISION_KINDS = [
  'replace-start',
  'replace-promote',
  'replace-remove',
  'promote-promote',
  'demote-demote',
  'lead-transfer',
  'scale-start',
  'scale-remove',
] as const;

/** What is to be done, in a few words. */
export function actionText(action: Action): string {
  switch (action.do) {
    case 'start': {
      const where = action.zone === undefined ? '' : ` in ${action.zone}`;
      if (action.instead !== undefined) return `start a replica${where} in place of ${action.instead}`;
      return `start a ${action.want === 'voter' ? 'voter' : 'reader'}${where}`;
    }
    case 'promote':
      return `let ${action.ids.join(' and ')} vote`;
    case 'demote':
      return `take the vote of ${action.ids.join(' and ')}`;
    case 'remove':
      return `remove ${action.id}`;
    case 'transfer':
      return `move leadership to ${action.to}`;
  }
}

/** Why something is not done, in one line. */
export function heldText({ reason, about }: Held): string {
  return `${about === undefined ? '' : `${about}: `}${REASONS[reason]} (${reason})`;
}
