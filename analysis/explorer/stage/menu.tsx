/** The menu of a thing on the stage: what can be seen of it, and what can be done to it. */

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { NodeId } from '../../../vm/index.ts';
import type { Action, Timeline } from '../run/timeline.ts';
import type { Playback } from '../time/playback.ts';
import { actsOn, type Target } from './acts.ts';
import { MachineFacts } from './facts.tsx';

interface MenuProps {
  readonly playback: Playback;
  readonly timeline: Timeline;
  readonly target: Target;
  /** Where on the stage, in parts of its width and height. */
  readonly place: { readonly x: number; readonly y: number };
  /** Goes on to another thing. */
  onTarget(target: Target): void;
  /** `isFocusBack`: the focus returns to where it was. */
  onClose(isFocusBack: boolean): void;
}

export function Menu({ playback, timeline, target, place, onTarget, onClose }: MenuProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current!.querySelector<HTMLElement>('.acts button')?.focus();
    const outside = ({ target }: Event) => {
      if (target instanceof Node && !box.current?.contains(target)) onClose(false);
    };
    addEventListener('pointerdown', outside);
    return () => removeEventListener('pointerdown', outside);
  }, []);
  const groups = actsOn(timeline, target);
  if (groups.length === 0) return null;
  const act = (actions: readonly Action[]) => {
    playback.do(...actions);
    onClose(true);
    // Whoever acts wants to see what comes of it.
    playback.play();
  };
  const side = place.x > 0.5 ? { '--right': `${100 * (1 - place.x)}%` } : { '--left': `${100 * place.x}%` };
  return (
    <div
      ref={box}
      class="menu"
      role="dialog"
      aria-label={titleOf(timeline, target)}
      style={side}
      onKeyDown={(event) => onMenuKey(event, box.current!, () => onClose(true))}
    >
      <h2>{titleOf(timeline, target)}</h2>
      <div class="acts">
        {target.kind === 'machine' && timeline.protocol !== undefined && isUp(timeline, target.node) && (
          <WriteForm {...{ timeline, node: target.node, act }} />
        )}
        {groups.map(({ title, acts }) => (
          <section key={title} aria-label={title}>
            <h3>{title}</h3>
            {acts.map(({ label, actions, isHarm }) => (
              <button key={label} type="button" class={isHarm ? 'danger' : ''} onClick={() => act(actions)}>
                {label}
              </button>
            ))}
          </section>
        ))}
        {target.kind === 'machine' && <LinksOf {...{ timeline, node: target.node, onTarget }} />}
        {target.kind === 'message' && <Contents {...{ timeline, order: target.order, act }} />}
      </div>
      {target.kind === 'machine' && <MachineFacts timeline={timeline} node={target.node} />}
      <button type="button" class="close" aria-label="Close the menu" onClick={() => onClose(true)}>
        ×
      </button>
    </div>
  );
}

/** Arrows go from act to act, Escape leaves. */
function onMenuKey(event: KeyboardEvent, menu: HTMLElement, close: () => void): void {
  const { key, target } = event;
  if (key === 'Escape') {
    event.stopPropagation();
    close();
    return;
  }
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[key];
  if (step === undefined || (target instanceof Element && target.closest('input, textarea') !== null)) return;
  event.preventDefault();
  event.stopPropagation();
  const buttons = [...menu.querySelectorAll<HTMLElement>('button:not([disabled])')];
  const at = buttons.indexOf(document.activeElement as HTMLElement);
  buttons[(at + step + buttons.length) % buttons.length]?.focus();
}

function titleOf({ world }: Timeline, target: Target): string {
  switch (target.kind) {
    case 'machine':
      return target.node;
    case 'link':
      return `Link between ${target.a} and ${target.b}`;
    case 'network':
      return 'Network';
    case 'message': {
      const arrival = world.inFlight.find(({ order }) => order === target.order);
      if (arrival === undefined) return 'Message';
      const { envelope, node } = arrival;
      return `${world.program.kindOf?.(envelope.body) ?? 'Message'}, ${envelope.from} to ${node}`;
    }
  }
}

function isUp({ world }: Timeline, node: NodeId): boolean {
  return world.nodes.get(node)?.status === 'up';
}

interface WriteProps {
  readonly timeline: Timeline;
  readonly node: NodeId;
  act(actions: readonly Action[]): void;
}

/** A client's write. The next value stands there already. */
function WriteForm({ timeline, node, act }: WriteProps) {
  const writes = timeline.run.inputs.filter(
    ({ action }) => action.type === 'request' && action.body.type === 'submit',
  );
  const key = useSignal('x');
  const value = useSignal(`${writes.length + 1}`);
  return (
    <form
      class="write"
      onSubmit={(event) => {
        event.preventDefault();
        const command = { type: 'put', key: key.value, value: value.value };
        act([{ type: 'request', node, body: { type: 'submit', command } }]);
      }}
    >
      <button type="submit">Write</button>
      <input
        aria-label="Key"
        value={key.value}
        required
        maxLength={20}
        onInput={({ currentTarget }) => {
          key.value = currentTarget.value;
        }}
      />
      =
      <input
        aria-label="Value"
        value={value.value}
        maxLength={20}
        onInput={({ currentTarget }) => {
          value.value = currentTarget.value;
        }}
      />
    </form>
  );
}

/** The way to a machine's links, for those who use no pointer. */
function LinksOf({
  timeline,
  node,
  onTarget,
}: Pick<MenuProps, 'timeline' | 'onTarget'> & { readonly node: NodeId }) {
  const others = [...timeline.world.nodes.keys()].filter((other) => other !== node);
  return (
    <section aria-label="Links">
      <h3>Link to</h3>
      {others.map((other) => (
        <button key={other} type="button" onClick={() => onTarget({ kind: 'link', a: node, b: other })}>
          {other}
        </button>
      ))}
    </section>
  );
}

/** What a message says, which can be changed. */
function Contents({ timeline, order, act }: Omit<WriteProps, 'node'> & { readonly order: number }) {
  const arrival = timeline.world.inFlight.find((other) => other.order === order)!;
  const { envelope, sentAt, at } = arrival;
  const text = useSignal(JSON.stringify(envelope.body, null, 1));
  const wrong = useSignal('');
  return (
    <form
      class="contents"
      aria-label="Contents"
      onSubmit={(event) => {
        event.preventDefault();
        try {
          act([{ type: 'edit', order, body: JSON.parse(text.value) as unknown }]);
        } catch (error) {
          wrong.value = `This is not JSON: ${(error as Error).message}`;
        }
      }}
    >
      <p class="quiet">
        Sent at {sentAt / 1000} ms, arrives at {at / 1000} ms. Lamport clock {envelope.lamport}.
      </p>
      <textarea
        aria-label="What it says"
        rows={Math.min(9, text.value.split('\n').length)}
        spellcheck={false}
        value={text.value}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
        }}
      />
      <button type="submit">Change what it says</button>
      {wrong.value && <p role="alert">{wrong.value}</p>}
    </form>
  );
}
