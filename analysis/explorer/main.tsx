/** The explorer: a simulated world in the page, and time to walk about in it. */
import { effect, useSignal } from '@preact/signals';
import { render } from 'preact';
import { Cards } from './cards.tsx';
import { Transport } from './controls.tsx';
import { EventList, MessageContents } from './events.tsx';
import { NetworkForm, PutForm } from './interventions.tsx';
import { Lab } from './lab.ts';
import { Legend } from './legend.tsx';
import { formatLink, parseLink } from './link.ts';
import { LogsTable } from './logs-table.tsx';
import type { Setup } from './run.ts';
import { SetupForm } from './setup.tsx';
import { type Arrival, Stage } from './stage.tsx';
import type { Command } from './track.ts';
import { TroubleForm } from './trouble.tsx';

/** How long the page waits for quiet before it writes the run into the address: browsers limit how often that may be done. */
const ADDRESS_DELAY_MS = 300;

function App({ lab }: { readonly lab: Lab }) {
  const shown = lab.shown.value;
  const { track } = shown;
  const chosen = useSignal<{ readonly arrival: Arrival; readonly of: Setup } | undefined>(undefined);
  const selected = isSame(chosen.value?.of, track.setup) ? chosen.value?.arrival : undefined;
  const onCommand = (command: Command) => lab.do(command);
  return (
    <>
      <header>
        <h1>Tickraft explorer</h1>
        <SetupForm lab={lab} setup={track.setup} />
      </header>
      <p class="notice" role="status">
        {lab.notice}
      </p>
      <main>
        <div class="picture">
          <p
            class="caption"
            role="status"
            aria-label="What just happened"
            aria-live={lab.playing.value ? 'off' : 'polite'}
          >
            {lab.caption.value || 'Press play, or take one step.'}
          </p>
          <Stage
            shown={shown}
            playing={lab.playing.value}
            selected={selected}
            onSelect={(arrival) => {
              chosen.value = { arrival, of: track.setup };
            }}
          />
          <Transport lab={lab} shown={shown} />
          <Legend protocol={track.protocol} />
        </div>
        <div class="side">
          <div class="interventions">
            {track.protocol !== undefined && <PutForm shown={shown} onCommand={onCommand} />}
            <NetworkForm shown={shown} onCommand={onCommand} />
            <TroubleForm shown={shown} onCommand={onCommand} />
          </div>
          {track.protocol !== undefined && <LogsTable shown={shown} protocol={track.protocol} />}
          <MessageContents shown={shown} arrival={selected} />
          <EventList shown={shown} />
        </div>
        <Cards shown={shown} onCommand={onCommand} />
      </main>
    </>
  );
}

/** Messages of one world mean nothing in another. */
function isSame(a: Setup | undefined, b: Setup): boolean {
  return a?.program === b.program && a.machines === b.machines && a.preset === b.preset && a.seed === b.seed;
}

/** Space plays and pauses, arrows step; where something else has the focus that knows these keys, they are its own. */
function onKey(lab: Lab, event: KeyboardEvent): void {
  const { target, key, shiftKey, ctrlKey, altKey, metaKey } = event;
  if (ctrlKey || altKey || metaKey) return;
  if (target instanceof Element && target.closest('input, select, textarea') !== null) return;
  if (key === ' ' && target instanceof Element && target.closest('button, [role="button"]') !== null) return;
  const actions: Record<string, () => void> = {
    ' ': () => lab.toggle(),
    ArrowRight: () => (shiftKey ? lab.skip() : lab.step()),
    ArrowLeft: () => lab.back(),
    Home: () => lab.seek(0),
  };
  const action = actions[key];
  if (action === undefined) return;
  event.preventDefault();
  action();
}

/** Shows the run of the address, or says why it cannot. */
function openAddress(lab: Lab): void {
  try {
    lab.open(parseLink(location.hash));
    lab.notice.value = '';
  } catch (error) {
    lab.notice.value = `${(error as Error).message}; here is another run instead.`;
  }
}

/** Keeps the address at the instant that is shown, so that reloading or copying it brings it back. */
function keepAddress(lab: Lab): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const { track } = lab.shown.value;
    clearTimeout(timer);
    if (lab.playing.value) return;
    timer = setTimeout(() => history.replaceState(null, '', `#${formatLink(track.run)}`), ADDRESS_DELAY_MS);
  });
}

const lab = new Lab(parseLink(''));
openAddress(lab);
keepAddress(lab);
addEventListener('hashchange', () => openAddress(lab));
addEventListener('keydown', (event) => onKey(lab, event));
render(<App lab={lab} />, document.body);
