/** Writes a recorded scenario in the language that `tickraft sim FILE` reads. */
import type { KeyValueCommand } from '../../replication/core/index.ts';
import type { SettingValue } from '../../replication/sim/index.ts';
import { CALM_DISK, type DiskSettings, type Fault, type LinkSettings } from '../../vm/sim/index.ts';
import { writeWish } from './member-wish.ts';
import type { Act, Asking, RecordedScenario } from './recorded-scenario.ts';

/** The text of a scenario file. `heading`: lines that say what it is about, as comments. */
export function writeScenario(scenario: RecordedScenario, heading: readonly string[] = []): string {
  const { protocol, seed, rates, settings, steps, ending } = scenario;
  const writer = new Writer(retried(scenario));
  const lines = [
    ...heading.map((line) => `# ${line}`.trimEnd()),
    `cluster ${protocol} ${rates.length} seed ${seed}${writeRates(rates)}`,
    ...Object.entries(settings).map(([name, value]) => `set ${name} ${writeSetting(value)}`),
    ...joinLinks(steps.flatMap(({ act }) => writer.write(act))),
    ...ending,
  ];
  return `${lines.join('\n')}\n`;
}

/** The same done to several links of one machine is one line: `block n1 -> n2 n3`. */
function joinLinks(lines: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const line of lines) {
    const [what, to] = line.split(' -> ');
    const last = joined.at(-1);
    const isSame = LINK.test(line) && last?.split(' -> ')[0] === what;
    if (isSame) joined[joined.length - 1] = `${last} ${to}`;
    else joined.push(line);
  }
  return joined;
}

const LINK = /^(?:un)?(?:block|clog) n\d+ -> n\d+$/;

/** Requests that are retried, acknowledged, or named at the end need a name. */
function retried({ steps, ending }: RecordedScenario): ReadonlySet<string> {
  const names = new Set(ending.flatMap((line) => line.split(' ')));
  for (const { act } of steps) {
    if (act.type === 'retry') names.add(act.first);
    if (act.type === 'acknowledge') names.add(act.request);
  }
  return names;
}

function writeRates(rates: readonly number[]): string {
  if (rates.every((rate) => rate === rates[0])) return rates[0] === USUAL_RATE ? '' : ` rates ${rates[0]}`;
  return ` rates ${rates.join(',')}`;
}

/** Ticks a second, by default. */
export const USUAL_RATE = 100;

function writeSetting(value: SettingValue): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'object' ? value.join('-') : String(value);
}

class Writer {
  readonly #named: ReadonlySet<string>;
  /** The settings of each disk. */
  readonly #disks = new Map<string, DiskSettings>();

  constructor(named: ReadonlySet<string>) {
    this.#named = named;
  }

  write(act: Act): readonly string[] {
    if (act.type === 'run') return [`run ${writeTime(act.us)}`];
    if (act.type === 'acknowledge') return [`acknowledge ${act.request}`];
    if (act.type !== 'fault') return [this.#ask(act)];
    return act.fault.type === 'disk' ? this.#disk(act.fault) : [writeFault(act.fault)];
  }

  #ask(asking: Asking): string {
    const at = ` at ${asking.node}${asking.client === undefined ? '' : ` by ${asking.client}`}`;
    switch (asking.type) {
      case 'open':
        return `session ${asking.session}${asking.oneByOne ? ' one by one' : ''} at ${asking.node}`;
      case 'change':
        return `${writeWish(asking.wish)}${at}${this.#as(asking.name)}`;
      case 'transfer':
        return `transfer to ${asking.to}${at}`;
      case 'read':
        return `get ${asking.key}${asking.consistency === 'linearizable' ? '' : ` ${asking.consistency}`}${at}`;
      case 'retry':
        return `retry ${asking.first}${asking.anew ? ' anew' : ''}${at}${this.#as(asking.name)}`;
      case 'submit': {
        const session = asking.session === undefined ? '' : ` in ${asking.session}`;
        return `${writeCommand(asking.command)}${session}${at}${this.#as(asking.name)}`;
      }
    }
  }

  #as(name: string): string {
    return this.#named.has(name) ? ` as ${name}` : '';
  }

  /** What is different from before, a line each. */
  #disk({ node, settings }: Extract<Fault, { type: 'disk' }>): readonly string[] {
    const before = this.#disks.get(node) ?? CALM_DISK;
    this.#disks.set(node, settings);
    const lines: string[] = [];
    const say = (what: string) => lines.push(`disk ${what} at ${node}`);
    if (String(settings.syncUs) !== String(before.syncUs)) say(`sync ${writeSpan(settings.syncUs)}`);
    if ((settings.lazyData ?? false) !== (before.lazyData ?? false))
      say(settings.lazyData ? 'lazy' : 'prompt');
    if ((settings.full ?? false) !== (before.full ?? false)) say(settings.full ? 'full' : 'free');
    return lines;
  }
}

function writeTime(us: number): string {
  return us % 1000 === 0 ? `${us / 1000} ms` : `${us} us`;
}

function writeSpan([low, high]: readonly [number, number]): string {
  return low === high ? `${low / 1000}ms` : `${low / 1000}-${high / 1000}ms`;
}

function writeValue(value: unknown): string {
  return value === null ? 'nothing' : String(value);
}

function writeCommand(command: KeyValueCommand): string {
  const { type, key } = command;
  if (type === 'delete') return `delete ${key}`;
  if (type !== 'cas') return `${type} ${key} ${writeValue(command.value)}`;
  return `cas ${key} ${writeValue(command.expected)} ${writeValue(command.value)}`;
}

const UNSYNCED = { lost: ' losing unsynced', kept: ' keeping unsynced', torn: ' torn', draw: '' } as const;

function writeFault(fault: Exclude<Fault, { type: 'disk' }>): string {
  switch (fault.type) {
    case 'crash':
      return `crash ${fault.node}${UNSYNCED[fault.unsynced ?? 'draw']}`;
    case 'rate':
      return `rate ${fault.node} ${fault.ticksPerSecond}`;
    case 'drift':
      return `drift ${fault.node} ${fault.perSecond}`;
    case 'jump':
      return `jump ${fault.node} ${fault.ticks < 0 ? 'back ' : ''}${Math.abs(fault.ticks)} ticks`;
    case 'rot':
      return `rot ${fault.node}${fault.record === undefined ? '' : ` ${fault.record}`}`;
    case 'repair':
      return `repair ${fault.node} ${fault.way}`;
    case 'block':
    case 'unblock':
    case 'clog':
    case 'unclog':
      return `${fault.type} ${fault.from} -> ${fault.to}`;
    case 'network':
      return `network ${writeTreatment(fault.settings)}`;
    case 'link':
      return `link ${fault.from} -> ${fault.to} ${writeTreatment(fault.settings)}`;
    case 'partition':
      return `partition ${fault.groups.map((group) => group.join(' ')).join(' | ')}`;
    case 'heal':
      return 'heal';
    case 'lose':
    case 'duplicate':
    case 'delay':
    case 'hasten':
    case 'edit':
      throw new RangeError(`scenarios have no word for what is done to one message (${fault.type})`);
    default:
      return `${fault.type} ${fault.node}`;
  }
}

/** Everything but the defaults. */
function writeTreatment({ delayUs, lossRate, duplicateRate, reorderRate }: LinkSettings): string {
  const rates = [
    ['loss', lossRate],
    ['duplicate', duplicateRate],
    ['reorder', reorderRate],
  ] as const;
  const said = rates.filter(([, rate]) => rate > 0).map(([word, rate]) => `${word} ${percent(rate)}`);
  return [`delay ${writeSpan(delayUs)}`, ...said].join(' ');
}

/** A part of a million at the finest, as rates are drawn. */
function percent(rate: number): string {
  return `${Math.round(rate * 1_000_000) / 10_000}%`;
}
