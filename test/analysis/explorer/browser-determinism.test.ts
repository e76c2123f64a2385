import { readFile } from 'node:fs/promises';
import { formatLink } from '../../../analysis/explorer/run/link.ts';
import { eventLog } from '../../../analysis/explorer/run/run.ts';
import { withBrowser } from '../../support/browser.ts';
import { brokenRaft, CLASSIC, faultyRaft } from '../../support/runs.ts';
import { type FileServer, serveBuilt } from '../../support/serve.ts';

withBrowser('a browser calculates the same bytes as Node', (newPage) => {
  let server: FileServer;
  beforeAll(async () => {
    server = await serveBuilt('explorer');
  });
  afterAll(() => server?.close());

  test.each([
    ['of the classic program', CLASSIC],
    ['of a Raft run with faults', faultyRaft()],
    ['of a Raft run with broken disks, clocks and links', brokenRaft()],
  ])('%s', async (_, run) => {
    const page = await newPage();
    await page.goto(`${server.url}#${formatLink(run)}`);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download CSV' }).click();
    const bytes = await readFile(await (await download).path());
    // Compared as a whole and as bytes: on failure the first line that differs says more than two
    // long texts.
    const lines = bytes.toString().split('\n');
    const expected = eventLog(run).split('\n');
    expect(lines.find((line, i) => line !== expected[i])).toBeUndefined();
    expect(bytes.equals(Buffer.from(eventLog(run)))).toBe(true);
  });
});
