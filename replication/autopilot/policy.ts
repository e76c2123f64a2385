/**
 * The settings of the autopilot as they are kept with the replicated data and shown to operators:
 * by name, times in seconds. What is not kept has its default, so a cluster that nobody has told
 * anything is paused.
 */
import type { Policy, PolicyChanges } from '../protocol.ts';
import { type AutopilotSettings, checkSettings, defaultSettings } from './settings.ts';
import type { LoadWindow } from './view.ts';

/** Before the names of the autopilot in a policy, which may have others. */
const PREFIX = 'autopilot.';
const PAUSED = `${PREFIX}paused`;

/** What a setting is: how it is read, and what it may be. */
type Kind = 'seconds' | 'count' | 'amount' | 'part' | 'zone';
type Setting = Exclude<keyof AutopilotSettings, 'high'>;

interface Field {
  readonly kind: Kind;
  /** Where it stands in the settings. */
  readonly at: Setting | { readonly high: keyof LoadWindow };
}

const FIELDS: Readonly<Record<string, Field>> = {
  voters: { kind: 'count', at: 'voters' },
  minVoters: { kind: 'count', at: 'minVoters' },
  silentSeconds: { kind: 'seconds', at: 'silentTicks' },
  mostLag: { kind: 'count', at: 'mostLag' },
  stableSeconds: { kind: 'seconds', at: 'stableTicks' },
  deadSeconds: { kind: 'seconds', at: 'deadTicks' },
  startSeconds: { kind: 'seconds', at: 'startTicks' },
  backOffSeconds: { kind: 'seconds', at: 'backOffTicks' },
  leaderZone: { kind: 'zone', at: 'leaderZone' },
  leadSeconds: { kind: 'seconds', at: 'leadTicks' },
  minReaders: { kind: 'count', at: 'minReaders' },
  maxReaders: { kind: 'count', at: 'maxReaders' },
  highClients: { kind: 'amount', at: { high: 'clients' } },
  highReadsPerSecond: { kind: 'amount', at: { high: 'readsPerSecond' } },
  highEventLoop: { kind: 'part', at: { high: 'eventLoop' } },
  highQueue: { kind: 'part', at: { high: 'queue' } },
  windowSeconds: { kind: 'seconds', at: 'windowTicks' },
  growWindows: { kind: 'count', at: 'growWindows' },
  shrinkWindows: { kind: 'count', at: 'shrinkWindows' },
  lowPart: { kind: 'part', at: 'lowPart' },
  predictedPart: { kind: 'part', at: 'predictedPart' },
  cooldownSeconds: { kind: 'seconds', at: 'cooldownTicks' },
};

/** What each kind may be, in words. */
const WORDS: Readonly<Record<Kind, string>> = {
  seconds: 'must be seconds from 0.1 to 1000000',
  count: 'must be a whole number from 0 to 1000000',
  amount: 'must be a number above 0',
  part: 'must be a number above 0 and not above 1',
  zone: 'must be letters, digits, - and _ only',
};

/** Whether the autopilot only looks on. */
export function isPaused(policy: Policy): boolean {
  return policy[PAUSED] !== false;
}

/**
 * The settings of a cluster with so many voters, whose leader's clock has `rate` ticks a second.
 * `defaults`: in place of the usual ones.
 */
export function settingsOf(
  policy: Policy,
  rate: number,
  voters: number,
  defaults: Partial<AutopilotSettings> = {},
): AutopilotSettings {
  const odd = Math.max(1, voters - 1 + (voters % 2));
  let settings: AutopilotSettings = { ...defaultSettings(rate), voters: odd, ...defaults };
  for (const [name, { kind, at }] of Object.entries(FIELDS)) {
    const kept = policy[PREFIX + name];
    if (kept === undefined) continue;
    const value = kind === 'seconds' ? Math.ceil((kept as number) * rate) : kept;
    settings =
      typeof at === 'string'
        ? { ...settings, [at]: value }
        : { ...settings, high: { ...settings.high, [at.high]: value } };
  }
  if (policy[`${PREFIX}minVoters`] !== undefined || defaults.minVoters !== undefined) return settings;
  return { ...settings, minVoters: Math.min(settings.minVoters, settings.voters) };
}

/** The settings by the names that operators know them by. */
export function namedSettings(
  settings: AutopilotSettings,
  rate: number,
): Readonly<Record<string, number | string | null>> {
  const entries = Object.entries(FIELDS).map(([name, { kind, at }]) => {
    const value = typeof at === 'string' ? settings[at] : settings.high[at.high];
    return [name, kind === 'seconds' ? (value as number) / rate : (value ?? null)] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * Pauses the autopilot, or lets it act on so many voters from now on, unless it was told how many.
 */
export function pauseChanges(paused: boolean, policy: Policy, voters: number): PolicyChanges {
  const known = policy[`${PREFIX}voters`] !== undefined;
  if (paused || known) return { [PAUSED]: paused };
  return { [PAUSED]: false, [`${PREFIX}voters`]: settingsOf(policy, 1, voters).voters };
}

/**
 * Changes of the policy by the names and values that an operator gives; an empty value takes a
 * setting back. Throws an Error that says in one line what is wrong, also with what all settings
 * would be then.
 */
export function settingChanges(
  given: Readonly<Record<string, string>>,
  policy: Policy,
  rate: number,
  voters: number,
): PolicyChanges {
  const changes: Record<string, string | number | null> = {};
  for (const [name, text] of Object.entries(given)) {
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    if (field === undefined)
      throw new Error(`there is no setting ${name}: there are ${Object.keys(FIELDS).join(', ')}`);
    const value = text === '' ? null : parsed(field.kind, text);
    if (value === undefined) throw new Error(`${name} ${WORDS[field.kind]}`);
    changes[PREFIX + name] = value;
  }
  const after = Object.entries({ ...policy, ...changes }).filter(([, value]) => value !== null);
  const why = checkSettings(settingsOf(Object.fromEntries(after) as Policy, rate, voters), rate);
  if (why !== undefined) throw new Error(why);
  return changes;
}

/** Undefined if it is not of that kind. */
function parsed(kind: Kind, text: string): string | number | undefined {
  if (kind === 'zone') return /^[A-Za-z0-9_-]{1,64}$/.test(text) ? text : undefined;
  const value = /^\d{1,7}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  const [low, high] =
    kind === 'count' ? [0, 1e6] : [kind === 'seconds' ? 0.1 : 1e-6, kind === 'part' ? 1 : 1e6];
  const isFit = value >= low && value <= high && (kind !== 'count' || Number.isInteger(value));
  return isFit ? value : undefined;
}
