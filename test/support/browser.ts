/**
 * A real browser for tests: headless Chromium from an npm package, so that `npm ci` is all that a
 * computer needs.
 *
 * The package holds it compressed (Linux on x64, glibc 2.34 or newer). It is unpacked once into the
 * user's cache folder, under a temporary name, and then renamed, because test files run in parallel
 * and none may use an incomplete browser. On other systems an installed Chrome or Chromium is used;
 * `CHROME_PATH` takes precedence.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Opens a page in a browser profile of its own, which ends with the test. */
export type NewPage = (options?: BrowserContextOptions) => Promise<Page>;

/**
 * `describe` with a browser. Without one the tests are skipped, and one line says how to get one.
 * An error that a page does not catch fails its test.
 */
export function withBrowser(name: string, define: (newPage: NewPage) => void): void {
  if (!hasBrowser()) {
    process.stderr.write(`skipped: "${name}" needs a browser; set CHROME_PATH to a Chrome or Chromium\n`);
    describe(name, () => test.skip('no browser: set CHROME_PATH to a Chrome or Chromium', () => {}));
    return;
  }
  describe(name, () => {
    let browser: Browser;
    let uncaught: Error[] = [];
    beforeAll(async () => {
      browser = await openBrowser();
    });
    afterEach(async () => {
      for (const context of browser?.contexts() ?? []) await context.close();
      const errors = uncaught;
      uncaught = [];
      if (errors[0] !== undefined) throw errors[0];
    });
    afterAll(async () => {
      await browser?.close();
    });
    define(async (options) => {
      const page = await (await browser.newContext(options)).newPage();
      page.on('pageerror', (error) => uncaught.push(error));
      return page;
    });
  });
}

/** Starts a headless browser. Throws an Error with one line if there is none on this machine. */
async function openBrowser(): Promise<Browser> {
  const installed = process.env.CHROME_PATH;
  if (installed) return chromium.launch({ executablePath: installed });
  if (isPackageUsable()) return launchPackaged(await unpackedFolder());
  const executablePath = INSTALLED.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error('no browser: set CHROME_PATH to a Chrome or Chromium');
  return chromium.launch({ executablePath });
}

/** Whether `openBrowser` has something to open. */
function hasBrowser(): boolean {
  return Boolean(process.env.CHROME_PATH) || isPackageUsable() || INSTALLED.some((path) => existsSync(path));
}

/** Where installers put Chrome and Chromium. */
const INSTALLED = [
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  join(homedir(), 'Applications/Google Chrome.app/Contents/MacOS/Google Chrome'),
  join(process.env.PROGRAMFILES ?? 'C:\\Program Files', 'Google\\Chrome\\Application\\chrome.exe'),
  join(
    process.env['PROGRAMFILES(X86)'] ?? 'C:\\Program Files (x86)',
    'Google\\Chrome\\Application\\chrome.exe',
  ),
  join(process.env.LOCALAPPDATA ?? '', 'Google\\Chrome\\Application\\chrome.exe'),
];

/** The packaged Chromium runs on Linux, x64, with glibc 2.34 or newer (not on musl). */
function isPackageUsable(): boolean {
  if (process.platform !== 'linux' || process.arch !== 'x64') return false;
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  const [major = 0, minor = 0] = (header.glibcVersionRuntime ?? '0.0').split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 34);
}

/**
 * Without arguments of its own: the package's list has `--single-process`, which dies as soon as a
 * context closes.
 */
function launchPackaged(folder: string): Promise<Browser> {
  const libraries = [join(folder, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean);
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    env: {
      ...(process.env as Record<string, string>),
      LD_LIBRARY_PATH: libraries.join(delimiter),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  });
}

/** The folder with the unpacked browser, which is made if it is not there yet. */
async function unpackedFolder(): Promise<string> {
  const require = createRequire(import.meta.url);
  const main = require.resolve('@sparticuz/chromium');
  const { version } = JSON.parse(await readFile(join(dirname(main), '../../package.json'), 'utf8')) as {
    version: string;
  };
  const cache = await cacheFolder();
  const folder = join(cache, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  const temporary = await mkdtemp(join(cache, 'unpacking-'));
  try {
    await unpack(temporary);
    await writeFile(join(temporary, 'fonts.conf'), fontsConf(folder));
    await rename(temporary, folder).catch((error: unknown) => {
      // Another process was quicker; its folder is as good.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}

async function cacheFolder(): Promise<string> {
  const home = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(home, 'tickraft');
  try {
    await mkdir(folder, { recursive: true });
    return folder;
  } catch {
    // A user without a home that can be written to.
    const shared = join(tmpdir(), `tickraft-cache-${process.getuid?.()}`);
    await mkdir(shared, { recursive: true, mode: 0o700 });
    return shared;
  }
}

/**
 * In a process of its own, because the package unpacks into the folder for temporary files,
 * whatever that is.
 */
async function unpack(folder: string): Promise<void> {
  const script = `import chromium from '@sparticuz/chromium'; await chromium.executablePath();`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    // The runtime's name makes it unpack the libraries that a bare system lacks, too.
    env: { ...process.env, TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x', NODE_OPTIONS: '' },
  });
}

/** The system's fonts, and, for a machine that has none, the package's own. */
function fontsConf(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>${join(folder, 'fonts')}</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`;
}
