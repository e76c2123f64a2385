/** The explorer: a simulated world in the page, with time travel. */
import { effect, useSignal } from '@preact/signals';
import { render } from 'preact';
import { Cards } from './cards.tsx';
import { Transport } from './controls.tsx';
import { type Arrival, Diagram } from './diagram.tsx';
import { EventList, MessageContents } from './events.tsx';
import { FaultForm } from './fault-form.tsx';
import { NetworkForm, PutForm } from './interventions.tsx';
import { Legend } from './legend.tsx';
import { formatLink, parseLink } from './link.ts';
import { LogsTable } from './logs-table.tsx';
import { describeMembers, seenMembers } from './members.ts';
import { MembersForm } from './members-form.tsx';
import { Playback } from './playback.ts';
import type { Setup } from './run.ts';
import { SetupForm } from './setup.tsx';
import type { Action } from './timeline.ts';

/**
 * How long after the last change the run is written into the address: browsers limit how often that
 * may be done.
 */
const ADDRESS_DELAY_MS = 300;

function App({ playback }: { readonly playback: Playback }) {
  const shown = playback.shown.value;
  const { timeline } = shown;
  const chosen = useSignal<{ readonly arrival: Arrival; readonly of: Setup } | undefined>(undefined);
  const selected = isSame(chosen.value?.of, timeline.setup) ? chosen.value?.arrival : undefined;
  const onAction = (action: Action) => playback.do(action);
  const onActions = (actions: readonly Action[]) => playback.do(...actions);
  const members = describeMembers(seenMembers(timeline));
  return (
    <>
      <header>
        <h1>Tickraft explorer</h1>
        <SetupForm playback={playback} setup={timeline.setup} />
      </header>
      <p class="notice" role="status">
        {playback.notice}
      </p>
      <main>
        <div class="picture">
          <p
            class="caption"
            role="status"
            aria-label="What just happened"
            aria-live={playback.playing.value ? 'off' : 'polite'}
          >
            {playback.caption.value || 'Press play, or take one step.'}
          </p>
          {members !== undefined && (
            <p class="members-now" data-testid="members">
              {members}
            </p>
          )}
          <Diagram
            shown={shown}
            playing={playback.playing.value}
            selected={selected}
            onSelect={(arrival) => {
              chosen.value = { arrival, of: timeline.setup };
            }}
          />
          <Transport playback={playback} shown={shown} />
          <Legend protocol={timeline.protocol} />
        </div>
        <div class="side">
          <div class="interventions">
            {timeline.protocol !== undefined && <PutForm shown={shown} onAction={onAction} />}
            <NetworkForm shown={shown} onAction={onAction} />
            {timeline.protocol !== undefined && <MembersForm shown={shown} onActions={onActions} />}
            <FaultForm shown={shown} onAction={onAction} />
          </div>
          {timeline.protocol !== undefined && <LogsTable shown={shown} protocol={timeline.protocol} />}
          <MessageContents shown={shown} arrival={selected} />
          <EventList shown={shown} />
        </div>
        <Cards shown={shown} onAction={onAction} />
      </main>
    </>
  );
}

/** Whether two setups are the same: a selected message belongs to one world only. */
function isSame(a: Setup | undefined, b: Setup): boolean {
  return a?.program === b.program && a.machines === b.machines && a.preset === b.preset && a.seed === b.seed;
}

/**
 * Space plays and pauses, arrows step; where something else has the focus that knows these keys,
 * they are its own.
 */
function onKey(playback: Playback, event: KeyboardEvent): void {
  const { target, key, shiftKey, ctrlKey, altKey, metaKey } = event;
  if (ctrlKey || altKey || metaKey) return;
  if (target instanceof Element && target.closest('input, select, textarea') !== null) return;
  if (key === ' ' && target instanceof Element && target.closest('button, [role="button"]') !== null) return;
  const actions: Record<string, () => void> = {
    ' ': () => playback.toggle(),
    ArrowRight: () => (shiftKey ? playback.skip() : playback.step()),
    ArrowLeft: () => playback.back(),
    Home: () => playback.seek(0),
  };
  const action = actions[key];
  if (action === undefined) return;
  event.preventDefault();
  action();
}

/** Shows the run of the address, or says why it cannot. */
function openAddress(playback: Playback): void {
  try {
    playback.open(parseLink(location.hash));
    playback.notice.value = '';
  } catch (error) {
    playback.notice.value = `${(error as Error).message}; the default run is shown instead.`;
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
    if (playback.playing.value) return;
    timer = setTimeout(
      () => history.replaceState(null, '', `#${formatLink(timeline.run)}`),
      ADDRESS_DELAY_MS,
    );
  });
}

const playback = new Playback(parseLink(''));
openAddress(playback);
keepAddress(playback);
addEventListener('hashchange', () => openAddress(playback));
addEventListener('keydown', (event) => onKey(playback, event));
render(<App playback={playback} />, document.body);
