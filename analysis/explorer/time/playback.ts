/**
 * The state of the page: the timelines, the one that is shown and the one beside it, and whether
 * and how fast they play.
 */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { RepairRefused } from '../../../vm/sim/index.ts';
import { describeStep } from '../run/describe.ts';
import { describeAction } from '../run/describe-action.ts';
import { MAX_INPUTS, MAX_STEPS } from '../run/link.ts';
import type { Run } from '../run/run.ts';
import { narrationAt } from '../run/script.ts';
import { type Action, Timeline } from '../run/timeline.ts';
import { Player } from './player.ts';

/** The most timelines kept; the oldest that is not shown goes first. */
const MAX_TIMELINES = 6;
/** How many simulation events are skipped at most in search of one of note. */
const LONGEST_SKIP = 2_000;
/** For those who want no motion: how long each change stands. */
const STILL_MS = 1_200;
/** The first timeline's name, as a character code. */
const A = 65;

/**
 * The timeline that is shown. Worlds change in place, so this is another object after every change:
 * components take it, and not the timeline, as their property.
 */
export interface Shown {
  readonly timeline: Timeline;
  /** Another, at the same virtual time. */
  readonly beside: Timeline | undefined;
}

export class Playback {
  readonly shown: ReadonlySignal<Shown>;
  readonly timelines: ReadonlySignal<readonly Timeline[]>;
  readonly playing = signal(false);
  /** A factor on the pace that suits most. */
  readonly speed = signal(1);
  /** A message for the user: why something failed, or that it worked. */
  readonly notice = signal('');
  /** Whether to go from change to change, without anything that moves. */
  readonly still: boolean;
  #player = new Player();
  #frameAt = 0;
  #frameRequest = 0;
  #branches = 0;
  readonly #shown: Signal<Shown>;
  readonly #timelines: Signal<readonly Timeline[]>;

  constructor(run: Run, still = false) {
    this.still = still;
    const timeline = Timeline.open(run);
    this.shown = this.#shown = signal({ timeline, beside: undefined });
    this.timelines = this.#timelines = signal([timeline]);
  }

  /** What has just happened, in words; while it plays, the last thing of note. */
  readonly caption = computed(() => {
    const { timeline } = this.shown.value;
    return describeStep(
      this.playing.value ? timeline.lastNotable : timeline.step,
      timeline.world,
      timeline.protocol,
    );
  });

  /** What the story tells at this instant; empty where there is none. */
  readonly told = computed(() => {
    const { script, world } = this.shown.value.timeline;
    return (script && narrationAt(script, world.steps)?.text) ?? '';
  });

  get #timeline(): Timeline {
    return this.#shown.peek().timeline;
  }

  /** The run that is shown, up to its instant, as plain data. */
  get run(): Run {
    return this.#timeline.run;
  }

  /**
   * Shows another run in place of all timelines. Throws a RangeError, and changes nothing, if it is
   * impossible.
   */
  open(run: Run): void {
    const timeline = Timeline.open(run);
    this.pause();
    this.notice.value = '';
    this.#timelines.value = [timeline];
    this.#branches = 0;
    this.#player = new Player();
    this.#shown.value = { timeline, beside: undefined };
  }

  /** Shows another timeline, at the instant at which it was left. */
  choose(timeline: Timeline): void {
    const { beside } = this.#shown.peek();
    this.pause();
    this.notice.value = '';
    this.#shown.value = { timeline, beside: undefined };
    if (beside !== undefined && beside !== timeline) this.compare(beside);
  }

  /** Shows another timeline beside the shown one, or none: from then on they go in step. */
  compare(beside: Timeline | undefined): void {
    const { timeline } = this.#shown.peek();
    this.#shown.value = { timeline, beside: beside === timeline ? undefined : beside };
    this.#act(() => {});
  }

  /** Forgets a timeline, unless it is the only one; those that branched off it stay. */
  close(timeline: Timeline): void {
    const left = this.timelines.peek().filter((other) => other !== timeline);
    if (left.length === 0) return;
    this.pause();
    const { timeline: shown, beside } = this.#shown.peek();
    this.#timelines.value = left;
    const parent = timeline.origin?.parent;
    const next = shown !== timeline ? shown : parent && left.includes(parent) ? parent : left[0]!;
    this.#shown.value = {
      timeline: next,
      beside: beside === timeline || beside === next ? undefined : beside,
    };
  }

  play(): void {
    if (this.playing.peek()) return;
    this.playing.value = true;
    this.#frameAt = performance.now();
    this.#frameRequest = requestAnimationFrame(this.#frame);
  }

  pause(): void {
    if (!this.playing.peek()) return;
    this.playing.value = false;
    cancelAnimationFrame(this.#frameRequest);
    // Its caption says from now on what the last step was.
    this.#shown.value = { ...this.#shown.peek() };
  }

  toggle(): void {
    if (this.playing.peek()) this.pause();
    else this.play();
  }

  /** One simulation event on. */
  step(): void {
    this.#pausedAct(() => this.#mayGoOn() && this.#timeline.forward());
  }

  /** On to the next tick of any clock. */
  tick(): void {
    this.#pausedAct(() => {
      for (let i = 0; i < LONGEST_SKIP && this.#mayGoOn(); i++) {
        this.#timeline.forward();
        if (this.#timeline.step.cause?.type === 'tick') return;
      }
    });
  }

  /** One simulation event back. */
  back(): void {
    this.seek(this.#timeline.world.steps - 1);
  }

  /** On to the next thing of note. */
  skip(): void {
    this.#pausedAct(() => this.#skip());
  }

  #skip(): void {
    if (this.#mayGoOn() && !this.#timeline.forwardToNote(LONGEST_SKIP)) {
      this.notice.value = `${LONGEST_SKIP} things happened, and nothing changed.`;
    }
  }

  seek(steps: number): void {
    this.#pausedAct(() => this.#timeline.travel(Math.max(0, Math.min(steps, this.#timeline.furthest))));
  }

  /** Goes to a virtual time, in microseconds, as far as it is known. */
  seekTime(us: number): void {
    this.#pausedAct(() => this.#timeline.travelTo(us));
  }

  /**
   * Does things to the world, all at one instant. In the past of a known future, that begins
   * another timeline.
   */
  do(...actions: readonly Action[]): void {
    this.#act(() => {
      if (this.#timeline.run.inputs.length + actions.length > MAX_INPUTS) {
        this.notice.value = `A run takes no more than ${MAX_INPUTS} interventions. Start over to continue.`;
        return;
      }
      if (this.#timeline.isInPast) this.#branch(describeAction(actions.at(-1)!), actions);
      else for (const action of actions) this.#timeline.do(action);
    });
  }

  /** Begins another timeline here, with something done to it; only if it can be done. */
  #branch(origin: string, actions: readonly Action[]): void {
    const parent = this.#timeline;
    const timeline = parent.branch(String.fromCharCode(A + ((this.#branches + 1) % 26)), origin);
    for (const action of actions) timeline.do(action);
    this.#branches++;
    const timelines = this.timelines.peek();
    const { beside } = this.#shown.peek();
    const oldest = timelines.find((other) => other !== parent && other !== beside);
    const kept = timelines.length < MAX_TIMELINES ? timelines : timelines.filter((other) => other !== oldest);
    this.#timelines.value = [...kept, timeline];
    this.#shown.value = { timeline, beside };
  }

  #frame = (at: number): void => {
    if (!this.playing.value) return;
    if (this.still && at - this.#frameAt < STILL_MS) {
      this.#frameRequest = requestAnimationFrame(this.#frame);
      return;
    }
    const ms = at - this.#frameAt;
    this.#frameAt = at;
    this.#act(() => {
      if (!this.#mayGoOn()) this.playing.value = false;
      else if (this.still) this.#skip();
      else this.#player.play(this.#timeline, ms, this.speed.value);
    });
    if (this.playing.peek()) this.#frameRequest = requestAnimationFrame(this.#frame);
  };

  #mayGoOn(): boolean {
    if (this.#timeline.world.steps < MAX_STEPS) return true;
    this.notice.value = `This run has had ${MAX_STEPS} simulation events, which is the most. Start over to continue.`;
    return false;
  }

  #pausedAct(act: () => void): void {
    this.playing.value = false;
    this.#act(act);
  }

  /** A broken invariant ends the play, and says so, instead of the page. */
  #act(act: () => void): void {
    this.notice.value = '';
    try {
      act();
      this.#keepInStep();
    } catch (error) {
      this.playing.value = false;
      this.notice.value = explain(error as Error);
    }
    this.#shown.value = { ...this.#shown.peek() };
  }

  /** Brings the timeline beside to the same virtual time. */
  #keepInStep(): void {
    const { timeline, beside } = this.#shown.peek();
    if (beside === undefined) return;
    const { now } = timeline.world;
    if (beside.world.now > now) beside.travelTo(now);
    if (beside.world.now < now && beside.track.endUs > now + SEEK_US) beside.travelTo(now);
    beside.advance(Math.max(0, now - beside.world.now));
  }
}

/** Further ahead than this, in virtual microseconds, going there costs less than passing by. */
const SEEK_US = 2_000_000;

function explain(error: Error): string {
  if (error instanceof RepairRefused) return `Not repaired: ${error.message}.`;
  if (error instanceof RangeError) return `Not done: ${error.message}.`;
  return `The simulation stopped: ${error.message}`;
}
