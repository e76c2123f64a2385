/**
 * The state of the page: the timelines, the one that is shown, and whether and how fast it plays.
 */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { RepairRefused } from '../../vm/sim/index.ts';
import { describeAction, describeStep } from './describe.ts';
import { MAX_INPUTS, MAX_STEPS } from './link.ts';
import { eventLog, type Run } from './run.ts';
import { type Action, Timeline } from './timeline.ts';

/** The most timelines kept; the oldest that is not shown goes first. */
const MAX_TIMELINES = 6;
/** The longest stretch of real time that one frame plays, however late it comes. */
const LONGEST_FRAME_MS = 100;
/** How many simulation events are skipped at most in search of one of note. */
const LONGEST_SKIP = 2_000;
/** The first timeline's name, as a character code. */
const A = 65;

/**
 * The timeline that is shown. Worlds change in place, so this is another object after every change:
 * components take it, and not the timeline, as their property.
 */
export interface Shown {
  readonly timeline: Timeline;
}

export class Playback {
  readonly shown: ReadonlySignal<Shown>;
  readonly timelines: ReadonlySignal<readonly Timeline[]>;
  readonly playing = signal(false);
  /** A factor on the preset's own speed. */
  readonly speed = signal(1);
  /** A message for the user: why something failed, or that it worked. */
  readonly notice = signal('');
  #frameAt = 0;
  #frameRequest = 0;
  #branches = 0;
  readonly #shown: Signal<Shown>;
  readonly #timelines: Signal<readonly Timeline[]>;

  constructor(run: Run) {
    const timeline = Timeline.open(run);
    this.shown = this.#shown = signal({ timeline });
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
    this.playing.value = false;
    this.notice.value = '';
    this.#timelines.value = [timeline];
    this.#branches = 0;
    this.#show(timeline);
  }

  choose(timeline: Timeline): void {
    this.playing.value = false;
    this.notice.value = '';
    this.#show(timeline);
  }

  toggle(): void {
    this.playing.value = !this.playing.value;
    this.#frameAt = performance.now();
    cancelAnimationFrame(this.#frameRequest);
    if (this.playing.value) this.#frameRequest = requestAnimationFrame(this.#frame);
    else this.#show(this.#timeline);
  }

  /** One simulation event on. */
  step(): void {
    this.#pausedAct(() => this.#mayGoOn() && this.#timeline.forward());
  }

  /** One simulation event back. */
  back(): void {
    this.seek(this.#timeline.world.steps - 1);
  }

  /** On to the next thing of note. */
  skip(): void {
    this.#pausedAct(() => {
      if (this.#mayGoOn() && !this.#timeline.forwardToNote(LONGEST_SKIP)) {
        this.notice.value = `${LONGEST_SKIP} things happened, and nothing changed.`;
      }
    });
  }

  seek(steps: number): void {
    this.#pausedAct(() => this.#timeline.travel(Math.max(0, Math.min(steps, this.#timeline.furthest))));
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
      if (this.#timeline.isInPast) this.#branch(describeAction(actions.at(-1)!));
      for (const action of actions) this.#timeline.do(action);
    });
  }

  /** The events so far, as CSV. */
  eventLog(): string {
    return eventLog(this.run);
  }

  #branch(origin: string): void {
    this.#branches = (this.#branches + 1) % 26;
    const timeline = this.#timeline.branch(String.fromCharCode(A + this.#branches), origin);
    const timelines = this.timelines.value;
    const oldest = timelines.find((other) => other !== this.#timeline);
    const kept = timelines.length < MAX_TIMELINES ? timelines : timelines.filter((other) => other !== oldest);
    this.#timelines.value = [...kept, timeline];
    this.#show(timeline);
  }

  #frame = (at: number): void => {
    if (!this.playing.value) return;
    const ms = Math.min(LONGEST_FRAME_MS, Math.max(0, at - this.#frameAt));
    this.#frameAt = at;
    const timeline = this.#timeline;
    const virtualUsPerMs =
      (timeline.setup.preset === 'quick' && timeline.protocol ? 20 : 1000) * this.speed.value;
    this.#act(() => {
      if (this.#mayGoOn()) timeline.advance(Math.round(ms * virtualUsPerMs));
      else this.playing.value = false;
    });
    this.#frameRequest = requestAnimationFrame(this.#frame);
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
    } catch (error) {
      this.playing.value = false;
      const { message } = error as Error;
      const isRefused = error instanceof RepairRefused;
      this.notice.value = isRefused ? `Not repaired: ${message}.` : `The simulation stopped: ${message}`;
    }
    this.#show(this.#timeline);
  }

  #show(timeline: Timeline): void {
    this.#shown.value = { timeline };
  }
}
