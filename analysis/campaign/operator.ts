/**
 * Who changes the members in a campaign: adds machines, or those that were removed before, with an
 * empty disk at times; promotes, demotes, removes and replaces them, one or several at once; gives
 * joint changes up; and asks again, any replica, while no answer comes, and at times though one
 * has.
 */
import { between, chance, type Outcome, pick, type RandomState, seedRandom } from '../../vm/index.ts';
import { ATTEMPT_TIMEOUT_US, type Mode } from './client.ts';
import type { CampaignCluster } from './cluster.ts';
import { type MemberWish, namedIn } from './member-wish.ts';
import type { MembersPlan } from './plan.ts';

/** After how many tries a change is given up. */
const MOST_TRIES = 4;
/** How many machines a change is about at most. */
const MOST_AT_ONCE = 2;

/** One caller. What it does is drawn from a stream of its own. */
export class Operator {
  /** How many of its changes were acknowledged. */
  acknowledged = 0;
  readonly #plan: MembersPlan;
  readonly #cluster: CampaignCluster;
  readonly #random: RandomState;
  #wish: MemberWish | undefined;
  #group = 0;
  /** The requests for the change without an answer, how many there were, and when it asks again. */
  #attempts: string[] = [];
  #tries = 0;
  #nextUs: number;
  #proves = false;
  #hasProved = false;

  constructor(seed: number, letter: string, plan: MembersPlan, cluster: CampaignCluster) {
    this.#plan = plan;
    this.#cluster = cluster;
    this.#random = seedRandom(`campaign/${seed}/operator/${letter}`);
    this.#nextUs = between(this.#random, 1, plan.pauseUs);
  }

  get isIdle(): boolean {
    return this.#wish === undefined;
  }

  /** In the mode `prove`: whether a change has been acknowledged. */
  get hasProved(): boolean {
    return this.#hasProved;
  }

  act(mode: Mode): void {
    const answers = this.#attempts.flatMap((id) => this.#cluster.answer(id) ?? []);
    this.#attempts = this.#attempts.filter((id) => this.#cluster.answer(id) === undefined);
    for (const outcome of answers) if (this.#wish !== undefined) this.#answered(outcome, mode);
    if (this.#cluster.now < this.#nextUs) return;
    if (this.#wish !== undefined && mode !== 'prove' && this.#tries >= MOST_TRIES) this.#done();
    if (this.#wish === undefined) this.#begin(mode);
    if (this.#wish !== undefined) this.#ask(this.#wish);
  }

  #answered(outcome: Outcome, mode: Mode): void {
    if (outcome.ok) {
      this.acknowledged++;
      this.#hasProved ||= this.#proves;
      // Whoever has lost the answer asks again, and finds it done.
      if (mode !== 'work' || !chance(this.#random, 0.2)) this.#done();
    } else if (outcome.code === 'Rejected') this.#done();
    else this.#nextUs = Math.min(this.#nextUs, this.#cluster.now + this.#plan.pauseUs / 10);
  }

  #done(): void {
    this.#wish = undefined;
    this.#attempts = [];
    this.#tries = 0;
    this.#nextUs = this.#cluster.now + between(this.#random, 1, this.#plan.pauseUs);
  }

  #begin(mode: Mode): void {
    if (mode === 'finish' || (mode === 'prove' && this.#hasProved)) return;
    this.#proves = mode === 'prove';
    this.#wish = mode === 'prove' ? this.#proof() : this.#draw();
    this.#group = this.#cluster.group();
    if (this.#wish === undefined)
      this.#nextUs = this.#cluster.now + between(this.#random, 1, this.#plan.pauseUs);
    else if (mode === 'work') this.#emptyDisks(this.#wish);
  }

  #ask(wish: MemberWish): void {
    const { contacts } = this.#cluster;
    const asking = {
      type: 'change',
      wish,
      name: this.#cluster.name('m'),
      node: pick(this.#random, contacts),
    } as const;
    this.#attempts.push(this.#cluster.ask(asking, this.#group));
    this.#tries++;
    this.#nextUs =
      this.#cluster.now + between(this.#random, ...ATTEMPT_TIMEOUT_US) * Math.max(2, this.#tries);
  }

  /** Draws a change that makes sense, most likely, as things are. */
  #draw(): MemberWish | undefined {
    const random = this.#random;
    const { voters, learners, outgoing } = this.#cluster.members.configuration;
    if (outgoing !== undefined && chance(random, 0.2)) return { do: 'abort' };
    const way = pick(random, WAYS);
    const spare = this.#spare();
    // While somebody has lost a disk, a majority of fewer might be without it.
    const maySpare = this.#cluster.members.areWhole
      ? Math.max(0, voters.length - this.#plan.fewestVoters)
      : 0;
    switch (way) {
      case 'add':
        return addition(some(random, spare), chance(random, 0.7) ? 'voter' : 'learner');
      case 'promote':
        return about('promote', some(random, learners));
      case 'demote':
        return about('demote', some(random, voters).slice(0, maySpare));
      case 'remove':
        return about('remove', some(random, voters).slice(0, maySpare));
      case 'dismiss':
        return about('remove', some(random, learners));
      case 'replace':
        if (spare.length === 0 || !this.#cluster.members.areWhole) return undefined;
        return { do: 'replace', id: pick(random, voters), with: pick(random, spare) };
      default:
        return chance(random, 0.3) ? { do: 'abort' } : undefined;
    }
  }

  /** Machines that belong to nobody, and names of new ones. */
  #spare(): readonly string[] {
    const { nodes, members } = this.#cluster;
    const { all } = members;
    const next = `n${nodes.length + 1}`;
    const strangers = nodes.filter((node) => !all.includes(node));
    return nodes.length < this.#plan.mostMachines ? [...strangers, next] : strangers;
  }

  /** One that was removed comes back with an empty disk. */
  #emptyDisks(wish: MemberWish): void {
    const cluster = this.#cluster;
    if (wish.do !== 'add' && wish.do !== 'replace') return;
    for (const node of namedIn(wish)) {
      if (!cluster.members.isStranger(node)) continue;
      if (chance(this.#random, 0.5) && cluster.members.mayLoseDisk(node))
        cluster.inject({ type: 'wipe', node }, this.#group);
      if (cluster.status(node) === 'down') cluster.inject({ type: 'restart', node }, this.#group);
    }
  }

  /** A change after which those that are healthy are a majority still. */
  #proof(): MemberWish | undefined {
    const random = this.#random;
    const { contacts } = this.#cluster;
    const { configuration } = this.#cluster.members;
    const away = configuration.voters.filter((voter) => !contacts.includes(voter));
    if (away.length > 0) {
      const left = chance(random, 0.5) ? away : [pick(random, away)];
      return { do: pick(random, ['remove', 'demote'] as const), ids: left };
    }
    const spare = this.#spare();
    if (spare.length > 0) return { do: 'add', role: 'learner', ids: [pick(random, spare)] };
    return { do: 'promote', ids: [pick(random, configuration.voters)] };
  }
}

const WAYS = [
  'add',
  'add',
  'add',
  'promote',
  'demote',
  'remove',
  'remove',
  'dismiss',
  'replace',
  'give up',
] as const;

/** One of these, or two, which is one joint change. */
function some(random: RandomState, from: readonly string[]): readonly string[] {
  const left = [...from];
  const count = Math.min(left.length, chance(random, 0.4) ? MOST_AT_ONCE : 1);
  return Array.from({ length: count }, () => left.splice(between(random, 0, left.length - 1), 1)[0]!);
}

function addition(ids: readonly string[], role: 'voter' | 'learner'): MemberWish | undefined {
  return ids.length === 0 ? undefined : { do: 'add', role, ids };
}

function about(what: 'promote' | 'demote' | 'remove', ids: readonly string[]): MemberWish | undefined {
  return ids.length === 0 ? undefined : { do: what, ids };
}
