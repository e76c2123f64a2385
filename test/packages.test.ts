/** What `package.json` and the lock file promise to users. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly engines?: { readonly node?: string };
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

const manifest = JSON.parse(read('package.json')) as {
  engines: { node: string };
  allowScripts: Record<string, boolean>;
};
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
const fetched = Object.entries(packages).filter(([path, { link }]) => path !== '' && link !== true);

describe('the lock file', () => {
  test('says what every package is that is fetched, those of other platforms too', () => {
    expect(fetched.length).toBeGreaterThan(100);
    const loose = fetched.filter(([, { integrity = '' }]) => !/^sha512-[\w+/]{86}==$/.test(integrity));
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  test('leaves the registry open', () => {
    expect(fetched.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  test('holds the optional packages of every platform, without which a clean install refuses it', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });

  test('has no install script but those that package.json says are not needed', () => {
    const scripts = fetched.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const names = scripts.map(([path]) =>
      path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    );
    expect(manifest.allowScripts).toEqual(Object.fromEntries(names.sort().map((name) => [name, false])));
  });
});

describe('the oldest Node', () => {
  test('is the one that Vite asks for, which builds the pages at the installation', () => {
    expect(manifest.engines.node).toBe('^20.19.0 || >=22.12.0');
    expect(packages['']!.engines!.node).toBe(manifest.engines.node);
    expect(packages['node_modules/vite']!.engines!.node).toBe(manifest.engines.node);
  });

  test('is what the documents say, and CI begins with its line', () => {
    for (const file of ['README.md', 'CONTRIBUTING.md']) {
      expect(read(file)).toContain('Node 20.19 or newer (of line 22: 22.12)');
    }
    expect(read('.nvmrc').trim()).toBe('20');
    expect(read('.github/workflows/ci.yml')).toContain('node: [20, 22, 24]');
  });
});
