/**
 * The explorer's script: the page; and, where there is no page, the worker that it asks for
 * futures.
 */
import { effect } from '@preact/signals';
import { render } from 'preact';
import { App } from './app.tsx';
import { serveFutures } from './futures/worker.ts';
import { OPENING } from './gallery/lessons/opening.ts';
import { formatLink, parseLink } from './run/link.ts';
import type { Run } from './run/run.ts';
import { openScript } from './run/script.ts';
import { Playback } from './time/playback.ts';

/**
 * How long after the last change the run is written into the address: browsers limit how often that
 * may be done.
 */
const ADDRESS_DELAY_MS = 300;

/**
 * Space plays and pauses, arrows step; where something else has the focus that knows these keys,
 * they are its own.
 */
function onKey(playback: Playback, event: KeyboardEvent): void {
  const { target, key, shiftKey, ctrlKey, altKey, metaKey } = event;
  if (ctrlKey || altKey || metaKey || !(target instanceof Element)) return;
  if (target.closest('input, select, textarea, [role="dialog"], dialog') !== null) return;
  if (key === ' ' && target.closest('button, summary, [role="button"]') !== null) return;
  const actions: Record<string, () => void> = {
    ' ': () => playback.toggle(),
    ArrowRight: () => (shiftKey ? playback.skip() : playback.step()),
    ArrowLeft: () => playback.back(),
    Home: () => playback.seek(0),
    t: () => playback.tick(),
  };
  const action = actions[key];
  if (action === undefined) return;
  event.preventDefault();
  action();
}

/** The story that the page opens with. */
function opening(): Run {
  const { setup } = OPENING;
  return { ...setup, inputs: 'script' in setup ? openScript(setup.script).inputs : [], steps: 0 };
}

/** Shows the run of the address, or says why it cannot. Without one, the opening plays. */
function openAddress(playback: Playback): void {
  if (location.hash.length < 2) {
    playback.play();
    return;
  }
  try {
    playback.open(parseLink(location.hash));
  } catch (error) {
    playback.notice.value = `${(error as Error).message}; the opening is shown instead.`;
  }
}

/**
 * Keeps the address at the instant that is shown, so that reloading or copying it brings it back.
 */
function keepAddress(playback: Playback): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const { timeline } = playback.shown.value;
    clearTimeout(timer);
    if (playback.playing.value || timeline.world.now === 0) return;
    timer = setTimeout(
      () => history.replaceState(null, '', `#${formatLink(timeline.run)}`),
      ADDRESS_DELAY_MS,
    );
  });
}

function start(): void {
  const playback = new Playback(opening(), matchMedia('(prefers-reduced-motion: reduce)').matches);
  openAddress(playback);
  keepAddress(playback);
  addEventListener('hashchange', () => openAddress(playback));
  addEventListener('keydown', (event) => onKey(playback, event));
  render(<App playback={playback} script={import.meta.url} />, document.body);
}

if (typeof document === 'undefined') serveFutures(self as unknown as Parameters<typeof serveFutures>[0]);
else start();
