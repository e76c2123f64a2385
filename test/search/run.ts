/** `npm run search`: all cases, as deep as there is time for. */
import { CASES, searchCase } from './cases.ts';

for (const one of CASES) {
  const { clusters, depth, isWhole, wrong } = searchCase(one, one.long);
  const extent = isWhole ? `all up to ${depth} choices` : `a part of those of ${depth} choices`;
  process.stdout.write(`${one.name}: ${clusters} clusters, ${extent}\n`);
  if (wrong === undefined) continue;
  process.stdout.write(`  ${wrong.what}\n${wrong.way.map((step) => `    ${step}\n`).join('')}`);
  process.exitCode = 1;
}
