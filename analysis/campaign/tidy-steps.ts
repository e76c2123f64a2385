/** Leaves out of a scenario what makes no sense once something else has been left out. */
import type { Fault } from '../../vm/sim/index.ts';
import { joinersOf, namedIn } from './member-wish.ts';
import type { Act, ScenarioStep } from './recorded-scenario.ts';

/**
 * The steps that can still be done, with time that passes in one piece. The cluster begins with so
 * many machines.
 */
export function tidy(steps: readonly ScenarioStep[], machines: number): readonly ScenarioStep[] {
  const known = new Known(machines);
  const kept: ScenarioStep[] = [];
  for (const step of steps) {
    const { act } = step;
    const last = kept.at(-1);
    if (act.type === 'run' && last?.act.type === 'run') {
      kept[kept.length - 1] = { ...last, act: { type: 'run', us: last.act.us + act.us } };
    } else if (act.type === 'run' ? act.us > 0 : known.allows(act)) kept.push(step);
  }
  return kept;
}

/** What the steps so far have made known. */
class Known {
  readonly #sessions = new Set<string>();
  readonly #requests = new Set<string>();
  readonly #down = new Set<string>();
  readonly #paused = new Set<string>();
  readonly #machines: Set<string>;

  constructor(machines: number) {
    this.#machines = new Set(Array.from({ length: machines }, (_, i) => `n${i + 1}`));
  }

  allows(act: Exclude<Act, { type: 'run' }>): boolean {
    if ('node' in act && !this.#machines.has(act.node)) return false;
    switch (act.type) {
      case 'change':
        for (const joiner of joinersOf(act.wish)) this.#machines.add(joiner);
        return namedIn(act.wish).every((id) => this.#machines.has(id));
      case 'fault':
        return this.#allowsFault(act.fault);
      case 'open':
        this.#sessions.add(act.session);
        return true;
      case 'submit':
        if (act.session !== undefined && !this.#sessions.has(act.session)) return false;
        this.#requests.add(act.name);
        return true;
      case 'retry':
        return this.#requests.has(act.first);
      case 'acknowledge':
        return this.#requests.has(act.request);
      default:
        return true;
    }
  }

  #allowsFault(fault: Fault): boolean {
    if ('node' in fault && !this.#machines.has(fault.node)) return false;
    if ('from' in fault && !(this.#machines.has(fault.from) && this.#machines.has(fault.to))) return false;
    switch (fault.type) {
      case 'crash':
      case 'wipe':
        if (fault.type === 'crash' && this.#down.has(fault.node)) return false;
        this.#down.add(fault.node);
        this.#paused.delete(fault.node);
        return true;
      case 'restart':
        this.#down.delete(fault.node);
        this.#paused.delete(fault.node);
        return true;
      case 'pause':
        if (this.#down.has(fault.node) || this.#paused.has(fault.node)) return false;
        this.#paused.add(fault.node);
        return true;
      case 'resume':
        return this.#paused.delete(fault.node);
      default:
        return true;
    }
  }
}
