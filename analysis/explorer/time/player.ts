/**
 * Plays a timeline in real time: at a pace that suits who watches (`pace.ts`), and never past a
 * paragraph of the story before the last one could be read.
 */
import { narrationAt, nextNarration } from '../run/script.ts';
import type { Timeline } from '../run/timeline.ts';
import { Pace } from './pace.ts';

/** The longest stretch of real time that one frame plays, however late it comes. */
const LONGEST_FRAME_MS = 200;
/** How long a paragraph of the story stands at least: so long, and so long for each letter. */
const READING_MS = 300;
const LETTER_MS = 13;

export class Player {
  #pace = new Pace();
  /** Real milliseconds for which the paragraph has stood. */
  #toldMs = 0;
  #told: string | undefined;

  /** Plays `ms` real milliseconds, `speed` times as fast as suits most. */
  play(timeline: Timeline, ms: number, speed: number): void {
    let left = Math.min(LONGEST_FRAME_MS, Math.max(0, ms)) * speed;
    this.#toldMs += left;
    while (left > 0) {
      const { world } = timeline;
      if (!this.#mayPass(timeline)) return;
      const { nextAt } = world;
      const rate = this.#pace.rate(world);
      const untilNext = Math.max(0, (nextAt ?? Number.POSITIVE_INFINITY) - world.now) / rate;
      const passing = Math.min(left, untilNext);
      this.#pace.pass(passing, world);
      left -= passing;
      if (passing < untilNext)
        world.now = Math.min(nextAt ?? Number.POSITIVE_INFINITY, world.now + Math.round(passing * rate));
      else this.#happen(timeline);
    }
  }

  #happen(timeline: Timeline): void {
    timeline.forward();
    // A story that is over waits for those who watch: nothing is passed over.
    const isOver = timeline.script !== undefined && timeline.world.steps >= timeline.script.steps;
    if (isOver || timeline.step === timeline.lastNotable) this.#pace.news();
  }

  /** Whether the next thing may happen: not while a paragraph is being read that it would end. */
  #mayPass({ script, world }: Timeline): boolean {
    if (script === undefined) return true;
    const text = narrationAt(script, world.steps)?.text;
    if (text !== this.#told) {
      this.#told = text;
      this.#toldMs = 0;
    }
    const isLast = nextNarration(script, world.steps) !== world.steps + 1;
    return isLast || this.#toldMs >= READING_MS + LETTER_MS * (text?.length ?? 0);
  }
}
