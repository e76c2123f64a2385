/** The page: the story above, the stage, time and the diagram below it, and a panel beside. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { SpaceTime } from './diagram/space-time.tsx';
import { Chances } from './futures/chances.tsx';
import { lessonOf, nextLesson } from './gallery/chapters.ts';
import { Editor } from './gallery/editor.tsx';
import { Gallery } from './gallery/gallery.tsx';
import type { Lesson } from './gallery/lessons/lesson.ts';
import { formatLink } from './run/link.ts';
import { describeMembers, seenMembers } from './run/members.ts';
import { eventLog, type Setup } from './run/run.ts';
import { openScript } from './run/script.ts';
import { Legend } from './stage/legend.tsx';
import { Stage } from './stage/stage.tsx';
import { EventList } from './story/events.tsx';
import { LogsTable } from './story/logs-table.tsx';
import { Story } from './story/story.tsx';
import { TimeLine } from './time/line.tsx';
import type { Playback } from './time/playback.ts';
import { Transport } from './time/transport.tsx';

/** Windows narrower than this have a stage for a phone. */
const PHONE = '(max-width: 640px)';

interface AppProps {
  readonly playback: Playback;
  /** The address of the page's script. */
  readonly script: string;
}

export function App({ playback, script }: AppProps) {
  const shown = playback.shown.value;
  const { timeline, beside } = shown;
  const isGalleryOpen = useSignal(false);
  const isPhone = useMedia(PHONE);
  const lesson = lessonOf(timeline.setup);
  const open = (setup: Setup) => {
    isGalleryOpen.value = false;
    openSetup(playback, setup);
  };
  const members = describeMembers(seenMembers(timeline));
  const isNarrow = isPhone || beside !== undefined;
  return (
    <div
      class={beside ? 'page comparing' : 'page'}
      style={{ '--timelines': playback.timelines.value.length }}
    >
      <header>
        <h1>Tickraft explorer</h1>
        <button type="button" onClick={() => (isGalleryOpen.value = true)}>
          Gallery
        </button>
        <button type="button" onClick={() => void copyLink(playback)}>
          Copy link
        </button>
        <button type="button" onClick={() => download(playback)}>
          Download CSV
        </button>
        <p class="notice" role="status">
          {playback.notice}
        </p>
      </header>
      <main>
        <section class="told" aria-label="What happens">
          <p class="story-line" role="status" aria-label="The story">
            {playback.told.value}
          </p>
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
        </section>
        <div class="stages">
          <Stage {...{ playback, shown, timeline, isNarrow }} />
          {beside && <Stage {...{ playback, shown, isNarrow }} timeline={beside} isBeside />}
        </div>
        <section class="time" aria-label="Time">
          <Transport playback={playback} shown={shown} />
          <TimeLine playback={playback} shown={shown} />
        </section>
        <SpaceTime playback={playback} shown={shown} />
      </main>
      <Panel {...{ playback, script, lesson, onOpen: open }} />
      {isGalleryOpen.value && (
        <Gallery
          {...{ lesson, setup: timeline.setup }}
          onLesson={(chosen) => open(chosen.setup)}
          onSetup={open}
          onClose={() => (isGalleryOpen.value = false)}
        />
      )}
    </div>
  );
}

const TABS = ['Story', 'Scenario', 'Logs', 'Events', 'Chances'] as const;

interface PanelProps extends AppProps {
  readonly lesson: Lesson | undefined;
  onOpen(setup: Setup): void;
}

function Panel({ playback, script, lesson, onOpen }: PanelProps) {
  const shown = playback.shown.value;
  const { protocol } = shown.timeline;
  const tab = useSignal<(typeof TABS)[number]>('Story');
  return (
    <aside class="panel">
      <Tabs tab={tab} />
      <div role="tabpanel" id="panel" aria-labelledby={`tab-${tab.value}`} tabindex={-1}>
        {tab.value === 'Story' && (
          <>
            <Story lesson={lesson} next={nextLesson(lesson)} onOpen={(next) => onOpen(next.setup)} />
            <Legend protocol={protocol} />
          </>
        )}
        {tab.value === 'Scenario' && <Editor shown={shown} onRun={onOpen} />}
        {tab.value === 'Logs' && protocol && <LogsTable shown={shown} protocol={protocol} />}
        {tab.value === 'Logs' && !protocol && <p>These machines keep no logs of commands.</p>}
        {tab.value === 'Events' && <EventList shown={shown} />}
        {tab.value === 'Chances' && <Chances {...{ playback, shown, script }} />}
      </div>
    </aside>
  );
}

function Tabs({ tab }: { readonly tab: Signal<(typeof TABS)[number]> }) {
  const onKey = (event: KeyboardEvent & { currentTarget: HTMLElement }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    tab.value = TABS[(TABS.indexOf(tab.value) + step + TABS.length) % TABS.length]!;
    event.currentTarget.querySelector<HTMLElement>(`#tab-${tab.value}`)?.focus();
  };
  return (
    <div role="tablist" aria-label="Panel" onKeyDown={onKey}>
      {TABS.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          aria-selected={name === tab.value}
          aria-controls="panel"
          tabindex={name === tab.value ? 0 : -1}
          onClick={() => (tab.value = name)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

/** Opens a setup at its beginning, and plays it. */
function openSetup(playback: Playback, setup: Setup): void {
  const inputs = 'script' in setup ? openScript(setup.script).inputs : [];
  playback.open({ ...setup, inputs, steps: 0 });
  playback.play();
}

function useMedia(query: string): boolean {
  const matches = useSignal(matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const listen = () => {
      matches.value = media.matches;
    };
    media.addEventListener('change', listen);
    return () => media.removeEventListener('change', listen);
  }, [query]);
  return matches.value;
}

async function copyLink(playback: Playback): Promise<void> {
  playback.pause();
  const url = new URL(`#${formatLink(playback.run)}`, location.href);
  history.replaceState(null, '', url);
  try {
    await navigator.clipboard.writeText(url.href);
    playback.notice.value = 'The link is copied. It opens this run at this instant.';
  } catch {
    // Pages that do not come by https may not write to the clipboard.
    playback.notice.value = 'The link is in the address bar. It opens this run at this instant.';
  }
}

function download(playback: Playback): void {
  const { run } = playback;
  const url = URL.createObjectURL(new Blob([eventLog(run)], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download =
    'script' in run ? 'scenario.csv' : `${run.program}-${run.machines}-${run.preset}-seed-${run.seed}.csv`;
  link.click();
  URL.revokeObjectURL(url);
}
