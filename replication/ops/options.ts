/**
 * Options of the commands that run servers: each may be given as a flag, as an environment variable
 * (`--port` is `TICKRAFT_PORT`) or in the JSON file that `--config` names (`port`), with precedence
 * in that order.
 */

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { type Command, Option } from 'commander';
import { z } from 'zod';

/** The command was used wrongly; the message is one line for the user. */
export class UsageError extends Error {
  readonly exitCode = 2;
}

/** An option that may also be set in the environment. */
export function option(flags: string, description: string): Option {
  const made = new Option(flags, description);
  return made.env(`TICKRAFT_${made.name().toUpperCase().replaceAll('-', '_')}`);
}

/** The option `--config`. */
export function configOption(): Option {
  return option(
    '--config <file>',
    'JSON file with options by name; flags and the environment take precedence',
  );
}

/**
 * The command's options, checked by `schema`. Throws a `UsageError` that names the option that is
 * wrong.
 */
export function readOptions<T>(command: Command, schema: z.ZodType<T>): T {
  const { config } = command.opts<{ config?: string }>();
  if (config !== undefined) applyConfig(command, config);
  const { config: _, ...given } = command.opts();
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const name = String(path[0]).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${name} ${message}`);
}

function applyConfig(command: Command, file: string): void {
  const known = new Set(command.options.map((made) => made.attributeName()));
  for (const [name, value] of Object.entries(readConfig(file))) {
    const key = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (!known.has(key) || key === 'config') throw new UsageError(`${file}: there is no option ${name}`);
    const source = command.getOptionValueSource(key);
    if (source === undefined || source === 'default') command.setOptionValueWithSource(key, value, 'config');
  }
}

function readConfig(file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--config ${file}: ${(error as Error).message.split('\n', 1)[0]}`);
  }
  const parsed = z.record(z.string(), z.unknown()).safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UsageError(`--config ${file}: must hold one JSON object`);
}

/** A whole number, given as such (in a config file) or as text. */
export function wholeNumber(low: number, high: number) {
  return z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^\d{1,15}$/)
          .transform(Number),
      ],
      `must be a whole number from ${low} to ${high}`,
    )
    .refine(
      (value) => Number.isInteger(value) && value >= low && value <= high,
      `must be a whole number from ${low} to ${high}`,
    );
}

export const portOption = wholeNumber(1, 65_535);
export const rateOption = wholeNumber(1, 1_000);
/** The form of a replica's name: it becomes a file name, and a word in logs. */
export const idOption = z
  .string('must be given')
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be letters, digits, - and _ only');
export const textOption = z.string('must be given').min(1, 'must not be empty');
export const urlOption = z
  .string('must be given')
  .refine(
    (text) => /^http:/.test(text) && URL.canParse(text),
    'must be an address such as http://localhost:8081',
  )
  .transform((text) => new URL(text).origin);

/** The option `--server`. */
export function serverFlag(): Option {
  return option('--server <url>', 'the address of any replica').default('http://localhost:8081');
}

/** The option `--secret-file`. */
export function secretFlag(): Option {
  return option(
    '--secret-file <file>',
    "file that holds the cluster's secret; or put the secret into TICKRAFT_SECRET",
  );
}

/** The option `--provision-command`. */
export function provisionFlag(): Option {
  return option(
    '--provision-command <command>',
    'the command that starts and stops replicas for the autopilot: COMMAND start|stop|list, JSON on its standard input',
  );
}

/** The option `--allow-host`, and its value as a list. */
export function allowHostFlag(): Option {
  return option(
    '--allow-host <names>',
    'more host names that requests may use, with commas between: chat.example,pi.local',
  ).default('');
}
export const allowHostOption = z.string('must be names').transform((text, ctx) => {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  if (names.every((name) => /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?$/.test(name))) return names;
  ctx.addIssue({ code: 'custom', message: 'must be names without ports: chat.example,pi.local' });
  return z.NEVER;
});

/** The option `--proxies`, and its value as a list. */
export function proxiesFlag(): Option {
  return option(
    '--proxies <addresses>',
    'addresses of trusted proxies, whose X-Forwarded-For names the client: 10.0.0.1,10.0.0.2',
  ).default('');
}
export const proxiesOption = z
  .string('must be given')
  .transform((text) => text.split(',').filter(Boolean))
  .refine(
    (addresses) => addresses.every((address) => isIP(address) !== 0),
    'must be IP addresses, with commas between',
  );

/** `r2=http://host:8082,r3=http://host:8083` as a list. */
export const peersOption = z.string('must be given').transform((text, ctx) => {
  const peers = text
    .split(',')
    .filter(Boolean)
    .map((part) => {
      const [id, url] = [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)];
      return { id: idOption.safeParse(id.trim()).data, url: urlOption.safeParse(url.trim()).data };
    });
  const isWhole = (peer: (typeof peers)[number]): peer is { id: string; url: string } =>
    peer.id !== undefined && peer.url !== undefined;
  if (peers.every(isWhole) && new Set(peers.map(({ id }) => id)).size === peers.length) return peers;
  ctx.addIssue({
    code: 'custom',
    message: 'must be different names with addresses: r2=http://host:8082,r3=http://host:8083',
  });
  return z.NEVER;
});

/** `http://host:8081,http://host:8082` as a list. */
export const joinOption = z.string('must be given').transform((text, ctx) => {
  const parts = text.split(',').filter(Boolean);
  const urls = parts.flatMap((part) => urlOption.safeParse(part.trim()).data ?? []);
  if (urls.length === parts.length) return urls;
  ctx.addIssue({ code: 'custom', message: 'must be addresses: http://host:8081,http://host:8082' });
  return z.NEVER;
});

/** The address under which a replica is reached that listens on `host`. */
export function addressOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? hostname() : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
