/** The text of the scenario, which can be changed and run again. An error stands at its line. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ScenarioError } from '../../../replication/scenario/index.ts';
import type { Setup } from '../run/run.ts';
import { openScript, type Script } from '../run/script.ts';
import type { Shown } from '../time/playback.ts';

interface EditorProps {
  readonly shown: Shown;
  onRun(setup: Setup): void;
}

/** What is wrong with a scenario, and in which line, counted from 1. */
interface Wrong {
  readonly line: number;
  readonly message: string;
}

const EXAMPLE = `cluster raft 3 seed 7
run until leader
put x 1 as write
run until answer write is ok
crash leader
expect leader within 100 ticks`;

export function Editor({ shown, onRun }: EditorProps) {
  const { script, setup, world } = shown.timeline;
  const original = 'script' in setup ? setup.script : EXAMPLE;
  const text = useSignal(original);
  const wrong = useSignal<Wrong | undefined>(undefined);
  const lines = useRef<HTMLPreElement>(null);
  useEffect(() => {
    text.value = original;
    wrong.value = script?.failure;
  }, [original]);
  const at = script === undefined ? 0 : lineAt(script, world.steps);
  const run = () => {
    const found = check(text.value);
    wrong.value = found;
    if (found === undefined || openable(text.value)) onRun({ script: text.value });
  };
  const count = text.value.split('\n').length;
  return (
    <div class="editor">
      <div class="text">
        <pre ref={lines} aria-hidden="true">
          {Array.from({ length: count }, (_, i) => (
            <span key={i} class={`${i + 1 === wrong.value?.line ? 'wrong' : ''}${i + 1 === at ? ' at' : ''}`}>
              {i + 1}
              {'\n'}
            </span>
          ))}
        </pre>
        <textarea
          aria-label="Scenario"
          aria-invalid={wrong.value !== undefined}
          aria-describedby="scenario-error"
          spellcheck={false}
          rows={Math.max(12, count)}
          wrap="off"
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
            wrong.value = undefined;
          }}
        />
      </div>
      <p id="scenario-error" class="wrong" role="alert">
        {wrong.value && `Line ${wrong.value.line}: ${wrong.value.message}`}
      </p>
      <button type="button" class="main" onClick={run}>
        Run it
      </button>
    </div>
  );
}

/** What is wrong with a text: it is no scenario, or something that it expects is not so. */
function check(text: string): Wrong | undefined {
  try {
    return openScript(text).failure;
  } catch (error) {
    if (error instanceof ScenarioError) return { line: error.line, message: error.message };
    throw error;
  }
}

/** Whether a text is a scenario, which can be watched up to where it fails. */
function openable(text: string): boolean {
  try {
    openScript(text);
    return true;
  } catch {
    return false;
  }
}

/** The line that is being carried out. */
function lineAt({ reached }: Script, steps: number): number {
  let at = 0;
  for (const [line, from] of reached) if (from <= steps) at = line;
  return at;
}
