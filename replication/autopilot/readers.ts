/**
 * How many readers there are. Voters add nothing to the throughput of writes, so readers are what
 * follows the load, and a voter is never taken for one.
 *
 * What is counted is how many there are to be, not how many are seen: a reader that is starting,
 * drained or restarting is not missing. One more after several windows of high load in a row; one
 * less after many low ones, if the load of the others would then still be well below high. After a
 * change there is a pause, and windows from before it, of another number of replicas, do not count.
 */
import { isDead, isHealthy, readersOf } from './health.ts';
import type { AutopilotSettings, Decision, HeldReason, Proposal } from './settings.ts';
import { noStart } from './starts.ts';
import type { LoadWindow, Member, View } from './view.ts';
import { emptiest, thin } from './zones.ts';

/** How many readers there are to be as of now. */
export function desiredReadersOf(view: View, { minReaders, maxReaders }: AutopilotSettings): number {
  const known = view.desiredReaders ?? readersOf(view).length;
  return Math.min(Math.max(known, minReaders), maxReaders);
}

/** Starts or removes a reader. */
export function scaleReaders(view: View, settings: AutopilotSettings): Decision {
  const desired = desiredReadersOf(view, settings);
  const present = readersOf(view).filter((member) => !isDead(member, view, settings));
  const starting = view.starting.filter(({ want }) => want === 'learner').length;
  const nothing = { action: undefined, held: [], desiredReaders: desired };
  const hold = (reason: HeldReason): Decision => ({ ...nothing, held: [{ reason }] });
  if (starting > 0) return hold('learning');
  if (present.length < desired) return { ...start(view, present, settings), desiredReaders: desired };
  if (present.length > desired) return { ...removeOne(present, settings), desiredReaders: desired };
  const loads = windowsSince(view, settings).map((window) => loadOf(window, settings));
  if (isHigh(loads, settings)) {
    if (desired >= settings.maxReaders) return hold('max-readers');
    if (view.sinceScaledTicks < settings.cooldownTicks) return hold('cool-down');
    const started = start(view, present, settings);
    return { ...started, desiredReaders: started.action === undefined ? desired : desired + 1 };
  }
  if (!isLow(loads, settings) || desired <= settings.minReaders) return nothing;
  if (view.sinceScaledTicks < settings.cooldownTicks) return hold('cool-down');
  if (predicted(loads, view, settings) >= settings.predictedPart) return hold('predicted-load');
  return { ...removeOne(present, settings), desiredReaders: desired - 1 };
}

/** The windows since the number of readers was last changed. */
function windowsSince({ windows, sinceScaledTicks }: View, { windowTicks }: AutopilotSettings) {
  const count = Math.floor(sinceScaledTicks / windowTicks);
  return count >= windows.length ? windows : windows.slice(windows.length - count);
}

/** The load of a window: 1 is high. It is that of the signal that is nearest to its limit. */
function loadOf(window: LoadWindow, { high }: AutopilotSettings): number {
  return Math.max(
    window.clients / high.clients,
    window.readsPerSecond / high.readsPerSecond,
    window.eventLoop / high.eventLoop,
    window.queue / high.queue,
  );
}

function isHigh(loads: readonly number[], { growWindows }: AutopilotSettings): boolean {
  return loads.length >= growWindows && loads.slice(-growWindows).every((load) => load >= 1);
}

function isLow(loads: readonly number[], { shrinkWindows, lowPart }: AutopilotSettings): boolean {
  return loads.length >= shrinkWindows && loads.slice(-shrinkWindows).every((load) => load < lowPart);
}

/** The highest load of late, had it been that of one replica less. */
function predicted(loads: readonly number[], view: View, settings: AutopilotSettings): number {
  const serving = view.members.filter((member) => !isDead(member, view, settings)).length;
  const most = Math.max(...loads.slice(-settings.shrinkWindows));
  return (most * serving) / (serving - 1);
}

function start(view: View, present: readonly Member[], settings: AutopilotSettings): Proposal {
  const reason = noStart(view, settings);
  if (reason !== undefined) return { action: undefined, held: [{ reason }] };
  const zone = emptiest(view.members, present);
  return { action: { class: 'scale', do: 'start', want: 'learner', zone }, held: [] };
}

/** Removes a reader: one that is drained or not healthy, before others. */
function removeOne(present: readonly Member[], settings: AutopilotSettings): Proposal {
  const idle = present.filter((member) => member.isDraining || !isHealthy(member, settings));
  const [reader] = thin(idle.length > 0 ? idle : present, present, 1);
  return { action: { class: 'scale', do: 'remove', id: reader!.id }, held: [] };
}
