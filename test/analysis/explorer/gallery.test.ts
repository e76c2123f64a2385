/** Every lesson plays to its end, and what it expects holds; and the opening keeps its pace. */
import { LESSONS, lessonOf, nextLesson } from '../../../analysis/explorer/gallery/chapters.ts';
import { OPENING } from '../../../analysis/explorer/gallery/lessons/opening.ts';
import { formatLink, parseLink } from '../../../analysis/explorer/run/link.ts';
import type { Run, Setup } from '../../../analysis/explorer/run/run.ts';
import { narrationAt, openScript } from '../../../analysis/explorer/run/script.ts';
import { Timeline } from '../../../analysis/explorer/run/timeline.ts';
import { Player } from '../../../analysis/explorer/time/player.ts';

const FRAME_MS = 16;

function begin(setup: Setup): Run {
  return { ...setup, inputs: 'script' in setup ? openScript(setup.script).inputs : [], steps: 0 };
}

test('there are lessons enough, each with a name of its own and a question', () => {
  expect(LESSONS.length).toBeGreaterThanOrEqual(20);
  expect(new Set(LESSONS.map(({ name }) => name)).size).toBe(LESSONS.length);
  expect(LESSONS.filter(({ questions, about }) => questions.length === 0 || about === '')).toEqual([]);
  expect(lessonOf(OPENING.setup)).toBe(OPENING);
  expect(nextLesson(OPENING)).toBe(LESSONS[1]);
});

test.each(LESSONS.map((lesson) => [lesson.name, lesson] as const))('%s', (_, { setup }) => {
  const run = begin(setup);
  const timeline = Timeline.open(run);
  if (!('script' in setup)) {
    expect(timeline.forwardToNote(100)).toBe(true);
    return;
  }
  const { failure, steps, narration } = openScript(setup.script);
  expect(failure).toBeUndefined();
  expect(narration.length).toBeGreaterThan(2);
  // The page walks through the instants of the scenario's own run.
  expect(timeline.furthest).toBe(steps);
  timeline.travel(steps);
  expect(timeline.run.inputs).toEqual(run.inputs);
  expect(parseLink(formatLink(timeline.run))).toEqual(timeline.run);
});

describe('the opening', () => {
  const timeline = Timeline.open(begin(OPENING.setup));
  const player = new Player();
  /** Real milliseconds at which each mark was passed, and the longest in which nothing moved. */
  const passed = new Map<string, number>();
  const told: string[] = [];
  let longestMs = 0;
  let since = 0;
  let ms = 0;
  for (let seen = ''; timeline.isInPast && ms < 60_000; ms += FRAME_MS) {
    player.play(timeline, FRAME_MS, 1);
    const { world, script, track } = timeline;
    for (const mark of track.marks) {
      const name = `${mark.kind} of ${mark.record.term ?? ''}`;
      if (mark.steps <= world.steps && !passed.has(name)) passed.set(name, ms);
    }
    const text = narrationAt(script!, world.steps)?.text ?? '';
    if (text !== told.at(-1)) told.push(text);
    // Messages on their way move; else some clock must have ticked.
    const ticks = [...world.nodes.values()].map(({ machine }) => machine.state.ticks);
    const sight = world.inFlight.length > 0 ? `${ms}` : `${ticks} ${text}`;
    if (sight !== seen) since = ms;
    seen = sight;
    longestMs = Math.max(longestMs, ms - since);
  }

  test('elects within three seconds, and its leader falls and is replaced within ten', () => {
    expect(passed.get('leader of 1')).toBeLessThan(3_000);
    expect(passed.get('fault of ')).toBeLessThan(7_000);
    expect(passed.get('leader of 2')).toBeLessThan(10_000);
    expect(ms).toBeLessThan(13_000);
  });

  test('is never still for more than a second, but while a line of it is read', () => {
    expect(longestMs).toBeLessThan(1_200);
    expect(told.at(-1)).toMatch(/Your turn/);
    expect(told.length).toBe(6);
  });
});
