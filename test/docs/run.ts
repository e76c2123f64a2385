/**
 * `npm run docs`: writes the generated pages of the reference. `--out FOLDER` writes them
 * elsewhere.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commandsPage } from './commands-page.ts';
import { ROOT } from './documents.ts';
import { errorsPage } from './errors-page.ts';
import { eventsPage } from './events-page.ts';
import { Library } from './library.ts';
import { GENERATED } from './markdown.ts';
import { metricsPage } from './metrics-page.ts';
import { protocolsPage } from './protocols-page.ts';

const { values } = parseArgs({
  options: { out: { type: 'string', default: join(ROOT, 'docs/reference') } },
});

const api = join(values.out, 'api');
const library = await Library.read(ROOT, api);
mkdirSync(values.out, { recursive: true });
writeFileSync(join(values.out, 'commands.md'), await commandsPage());
writeFileSync(join(values.out, 'events.md'), eventsPage());
writeFileSync(join(values.out, 'options.md'), library.optionsPage());
writeFileSync(join(values.out, 'errors.md'), errorsPage());
writeFileSync(join(values.out, 'metrics.md'), metricsPage());
writeFileSync(join(values.out, 'protocols.md'), protocolsPage());
rmSync(api, { recursive: true, force: true });
await library.writePages();
for (const name of readdirSync(api)) {
  const text = readFileSync(join(api, name), 'utf8');
  writeFileSync(join(api, name), text.replace('\n', `\n\n${GENERATED}\n`));
}
// What was loaded with the commands may hold the process up.
process.exit();
