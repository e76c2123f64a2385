/**
 * One round of the autopilot: the first class of change that has something to do, and what is held
 * back in the classes up to it. Nothing is decided while the autopilot is paused, before a new
 * leader has committed an entry of its own term, or while another change is under way.
 */
import { demoteSurplus } from './demote.ts';
import { placeLeader } from './leadership.ts';
import { promoteStable } from './promote.ts';
import { desiredReadersOf, scaleReaders } from './readers.ts';
import { replaceDead } from './replace.ts';
import type { AutopilotSettings, Decision, Held, HeldReason, Proposal } from './settings.ts';
import type { View } from './view.ts';

type Class = (view: View, settings: AutopilotSettings) => Proposal & { readonly desiredReaders?: number };

const CLASSES: readonly Class[] = [replaceDead, promoteStable, demoteSurplus, placeLeader, scaleReaders];

/** What a leader that sees this is to do. */
export function decide(view: View, settings: AutopilotSettings): Decision {
  const desiredReaders = desiredReadersOf(view, settings);
  const reason = holdsAll(view);
  if (reason !== undefined) return { action: undefined, held: [{ reason }], desiredReaders };
  const held: Held[] = [];
  for (const consider of CLASSES) {
    const { action, held: own, desiredReaders: decided = desiredReaders } = consider(view, settings);
    held.push(...own);
    if (action !== undefined) return { action, held, desiredReaders: decided };
  }
  return { action: undefined, held, desiredReaders };
}

function holdsAll({ isPaused, isSettled, isChanging, isTransferring }: View): HeldReason | undefined {
  if (isPaused) return 'paused';
  if (!isSettled) return 'election';
  if (isChanging) return 'change';
  return isTransferring ? 'transfer' : undefined;
}
