/** What the page holds: the tracks, the one that is shown, and whether and how fast it plays. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { RepairRefused } from '../../vm/sim/faults.ts';
import { MAX_INPUTS, MAX_STEPS } from './link.ts';
import { eventLog, type Run } from './run.ts';
import { type Command, Track } from './track.ts';
import { describeCommand, describeStep } from './words.ts';

/** The most tracks kept; the oldest that is not shown goes first. */
const MAX_TRACKS = 6;
/** The longest stretch of real time that one frame plays, however late it comes. */
const LONGEST_FRAME_MS = 100;
/** How many happenings are skipped at most in search of one of note. */
const LONGEST_SKIP = 2_000;
/** The first track's name, as a character code. */
const A = 65;

/**
 * The track that is shown. Worlds change in place, so this is another object after every change: components take
 * it, and not the track, as their property.
 */
export interface Shown {
  readonly track: Track;
}

export class Lab {
  readonly shown: ReadonlySignal<Shown>;
  readonly tracks: ReadonlySignal<readonly Track[]>;
  readonly playing = signal(false);
  /** A factor on the preset's own speed. */
  readonly speed = signal(1);
  /** One line for a person: why something did not work, or that it did. */
  readonly notice = signal('');
  #frameAt = 0;
  #frameRequest = 0;
  #branches = 0;
  readonly #shown: Signal<Shown>;
  readonly #tracks: Signal<readonly Track[]>;

  constructor(run: Run) {
    const track = Track.open(run);
    this.shown = this.#shown = signal({ track });
    this.tracks = this.#tracks = signal([track]);
  }

  /** What has just happened, in words; while it plays, the last thing of note. */
  readonly caption = computed(() => {
    const { track } = this.shown.value;
    return describeStep(this.playing.value ? track.noted : track.step, track.world, track.protocol);
  });

  get #track(): Track {
    return this.#shown.peek().track;
  }

  /** The run that is shown, up to its instant, as plain data. */
  get run(): Run {
    return this.#track.run;
  }

  /** Shows another run in place of all tracks. Throws a RangeError, and changes nothing, if it is impossible. */
  open(run: Run): void {
    const track = Track.open(run);
    this.playing.value = false;
    this.notice.value = '';
    this.#tracks.value = [track];
    this.#branches = 0;
    this.#show(track);
  }

  choose(track: Track): void {
    this.playing.value = false;
    this.notice.value = '';
    this.#show(track);
  }

  toggle(): void {
    this.playing.value = !this.playing.value;
    this.#frameAt = performance.now();
    cancelAnimationFrame(this.#frameRequest);
    if (this.playing.value) this.#frameRequest = requestAnimationFrame(this.#frame);
    else this.#show(this.#track);
  }

  /** One happening on. */
  step(): void {
    this.#pausedAct(() => this.#mayGoOn() && this.#track.forward());
  }

  /** One happening back. */
  back(): void {
    this.seek(this.#track.world.steps - 1);
  }

  /** On to the next thing of note. */
  skip(): void {
    this.#pausedAct(() => {
      if (this.#mayGoOn() && !this.#track.forwardToNote(LONGEST_SKIP)) {
        this.notice.value = `${LONGEST_SKIP} things happened, and nothing changed.`;
      }
    });
  }

  seek(steps: number): void {
    this.#pausedAct(() => this.#track.travel(Math.max(0, Math.min(steps, this.#track.furthest))));
  }

  /** Does something to the world. In the past of a known future, that begins another track. */
  do(command: Command): void {
    this.#act(() => {
      if (this.#track.run.inputs.length >= MAX_INPUTS) {
        this.notice.value = `A run takes no more than ${MAX_INPUTS} interventions. Start over to go on.`;
        return;
      }
      if (this.#track.isInPast) this.#branch(describeCommand(command));
      this.#track.do(command);
    });
  }

  /** The events so far, as CSV. */
  eventLog(): string {
    return eventLog(this.run);
  }

  #branch(origin: string): void {
    this.#branches = (this.#branches + 1) % 26;
    const track = this.#track.branch(String.fromCharCode(A + this.#branches), origin);
    const tracks = this.tracks.value;
    const oldest = tracks.find((other) => other !== this.#track);
    const kept = tracks.length < MAX_TRACKS ? tracks : tracks.filter((other) => other !== oldest);
    this.#tracks.value = [...kept, track];
    this.#show(track);
  }

  #frame = (at: number): void => {
    if (!this.playing.value) return;
    const ms = Math.min(LONGEST_FRAME_MS, Math.max(0, at - this.#frameAt));
    this.#frameAt = at;
    const track = this.#track;
    const virtualUsPerMs = (track.setup.preset === 'quick' && track.protocol ? 20 : 1000) * this.speed.value;
    this.#act(() => {
      if (this.#mayGoOn()) track.advance(Math.round(ms * virtualUsPerMs));
      else this.playing.value = false;
    });
    this.#frameRequest = requestAnimationFrame(this.#frame);
  };

  #mayGoOn(): boolean {
    if (this.#track.world.steps < MAX_STEPS) return true;
    this.notice.value = `This run has had ${MAX_STEPS} happenings, which is the most. Start over to go on.`;
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
    this.#show(this.#track);
  }

  #show(track: Track): void {
    this.#shown.value = { track };
  }
}
