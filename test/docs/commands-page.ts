/** The page of the reference about the command line, made from the commands themselves. */
import type { EventEmitter } from 'node:events';
import type { Command, Option } from 'commander';
import { COMMANDS } from '../../commands.ts';
import { cell, GENERATED, table } from './markdown.ts';

/** `commands.md`. */
export async function commandsPage(): Promise<string> {
  const sections: string[] = [];
  for (const { load } of COMMANDS) sections.push(sectionOf(await load()));
  return `# Commands

${GENERATED}

In Tickraft's folder the command is \`npx tickraft\`; a project that has installed the package has the same. \`--help\` after any
command prints what stands here. An option that names an environment variable may be set there instead, or in a JSON file that
\`--config\` names (\`{ "port": 8081 }\`): flags count first, then the environment, then the file.

${table(
  ['command', 'purpose'],
  COMMANDS.map(({ name, description }) => [`[\`${name}\`](#tickraft-${name})`, cell(description)]),
)}

Exit codes of every command: 0 success; 1 it could not be done, or a check failed; 2 wrong usage. \`sim\`, \`check\` and \`repair\`
say more below. Errors are one line on standard error.

${sections.join('\n')}`;
}

/** `parent`: the name of the command that it is a subcommand of. */
function sectionOf(command: Command, parent?: string): string {
  const name = parent === undefined ? command.name() : `${parent} ${command.name()}`;
  const subcommands = command.commands;
  const options = command.options.length > 0 ? '[options]' : '';
  const usage = [
    'npx tickraft',
    name,
    options,
    subcommands.length > 0 ? '<command>' : '',
    argumentsOf(command),
  ];
  const parts = [
    `##${parent === undefined ? '' : '#'} tickraft ${name}\n`,
    `    ${usage.filter(Boolean).join(' ')}\n`,
    `${cell(command.description())}\n`,
    ...command.registeredArguments
      .filter(({ description }) => description !== '')
      .map((argument) => `- \`${argument.name()}\`: ${cell(argument.description)}\n`),
    ...groupsOf(command).map(
      ([heading, options]) =>
        `${heading === 'Options:' ? '' : `**${cell(heading.replace(/:$/, ''))}**\n\n`}${optionsTable(options)}\n`,
    ),
    epilogueOf(command),
    ...subcommands.map((subcommand) => sectionOf(subcommand, name)),
  ];
  return parts.filter(Boolean).join('\n');
}

function argumentsOf({ registeredArguments }: Command): string {
  return registeredArguments
    .map((argument) => {
      const word = argument.name() + (argument.variadic ? '...' : '');
      return argument.required ? `<${word}>` : `[${word}]`;
    })
    .join(' ');
}

function groupsOf({ options }: Command): [string, Option[]][] {
  const groups = new Map<string, Option[]>();
  for (const option of options) {
    const heading = option.helpGroupHeading ?? 'Options:';
    groups.set(heading, [...(groups.get(heading) ?? []), option]);
  }
  return [...groups];
}

function optionsTable(options: readonly Option[]): string {
  const hasEnv = options.some(({ envVar }) => envVar !== undefined);
  return table(
    ['option', 'meaning', 'default', ...(hasEnv ? ['environment'] : [])],
    options.map((option) => [
      `\`${option.flags}\``,
      meaningOf(option),
      defaultOf(option),
      ...(hasEnv ? [option.envVar === undefined ? '' : `\`${option.envVar}\``] : []),
    ]),
  );
}

function meaningOf({ description, argChoices }: Option): string {
  if (argChoices === undefined) return cell(description);
  return `${cell(description)}. One of ${argChoices.map((choice) => `\`${choice}\``).join(', ')}`;
}

function defaultOf({ defaultValue, defaultValueDescription }: Option): string {
  if (defaultValueDescription !== undefined) return cell(defaultValueDescription);
  if (defaultValue === undefined || defaultValue === false || defaultValue === '') return '';
  return defaultValue === true ? '' : `\`${defaultValue}\``;
}

/** What `--help` says after the options: examples and exit codes. */
function epilogueOf(command: Command): string {
  let text = '';
  (command as Command & EventEmitter).emit('afterHelp', {
    error: false,
    command,
    write: (part: string) => (text += part),
  });
  return text.trim() === '' ? '' : `\`\`\`text\n${text.trim()}\n\`\`\`\n`;
}
