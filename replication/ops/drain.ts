/** `tickraft drain` and `tickraft resume`: take a replica out of use, and into use again. */
import { Command } from 'commander';
import { z } from 'zod';
import { postAdmin, statusAt, UnknownOutcome } from './admin-client.ts';
import { configOption, readOptions, secretFlag, serverFlag, textOption, urlOption } from './options.ts';
import { readSecret } from './secret.ts';

const optionsSchema = z.object({ server: urlOption, secretFile: textOption.optional(), json: z.boolean() });

/** What a replica answers. */
const answerSchema = z.object({
  id: z.string(),
  draining: z.boolean(),
  /** Whether it was so already. */
  already: z.boolean(),
  leads: z.boolean(),
});
type Answer = z.infer<typeof answerSchema>;

/** How long a replica may take (ms): a transfer of leadership ends before, one way or the other. */
const ANSWER_MS = 20_000;

/** `tickraft drain`. */
export function drainCommand(): Command {
  return commandOf('drain')
    .description('Take a replica out of use: it hands leadership over, and is not ready for clients.')
    .addHelpText(
      'after',
      `
It lasts until tickraft resume, or until the replica is started anew. A drained replica still counts in majorities.
Saying it twice is harmless.

Exit codes: 0 done; 1 refused, or no other replica could take over; 2 wrong usage; 3 not known whether it happened.`,
    );
}

/** `tickraft resume`. */
export function resumeCommand(): Command {
  return commandOf('resume')
    .description('Take a drained replica into use again.')
    .addHelpText('after', '\nExit codes: 0 done; 1 refused; 2 wrong usage; 3 not known whether it happened.');
}

function commandOf(name: 'drain' | 'resume'): Command {
  return new Command(name)
    .argument('<id>', 'name of the replica')
    .addOption(serverFlag())
    .addOption(secretFlag())
    .option('--json', 'print one JSON document instead of text', false)
    .addOption(configOption())
    .action(async (id: string, _options: unknown, command: Command) => {
      const { server, secretFile, json } = readOptions(command, optionsSchema);
      const answer = await ask(name, id, server, readSecret(secretFile));
      process.stdout.write(`${json ? JSON.stringify(answer) : tell(answer)}\n`);
      process.exitCode = answer.draining && answer.leads ? 1 : 0;
    });
}

async function ask(action: string, id: string, server: string, secret: string | undefined): Promise<Answer> {
  const { replicas } = await statusAt(server);
  const member = replicas.find((one) => one.id === id);
  if (member === undefined)
    throw new Error(`there is no replica ${id}: there are ${replicas.map((one) => one.id).join(', ')}`);
  const response = await postAdmin(member.url, action, secret, {
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const parsed = answerSchema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success)
    throw new UnknownOutcome(`what ${member.url} answered makes no sense: it may have happened`);
  if (parsed.data.id !== id) throw new Error(`at ${member.url} is ${parsed.data.id}, not ${id}`);
  return parsed.data;
}

function tell({ id, draining, already, leads }: Answer): string {
  if (!draining) return already ? `${id} is in use already` : `${id} is in use again`;
  if (leads) return `${id} is drained, but it still leads: no other replica could take over`;
  return `${id} ${already ? 'was drained already' : 'is drained'}: it does not lead, and is not ready for clients`;
}
