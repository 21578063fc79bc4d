/** What goes into the build of an image: the closure of packages, the files, and the bytes of the stream. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract, type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Engine } from '../../controller/deployment/docker/api.ts';
import { buildImage } from '../../controller/deployment/images/build.ts';
import { findImages, type Image } from '../../controller/deployment/images/catalogue.ts';
import { findClosure } from '../../controller/deployment/images/closure.ts';
import { packContext } from '../../controller/deployment/images/context.ts';
import { listEasel, listTree } from '../../controller/deployment/images/context-files.ts';

let place = '';

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'easel_test_context_'));
});

afterEach(() => rmSync(place, { recursive: true, force: true }));

function write(name: string, content: unknown): void {
  mkdirSync(dirname(join(place, name)), { recursive: true });
  writeFileSync(join(place, name), typeof content === 'string' ? content : JSON.stringify(content));
}

function install(directory: string, manifest: object): void {
  write(join(directory, 'package.json'), manifest);
}

describe('the closure of packages', () => {
  const placed = (isLeftOut = (_name: string) => false) =>
    findClosure(join(place, 'app'), isLeftOut).map((each) => [
      each.place,
      each.directory.slice(place.length + 1),
    ]);

  test('is laid out so that each package finds the version that it found before', () => {
    install('app', { dependencies: { one: '1', two: '1' } });
    install('app/node_modules/one', { dependencies: { shared: '1' } });
    install('app/node_modules/two', { dependencies: { shared: '2', three: '1' } });
    install('app/node_modules/shared', { version: '1.0.0' });
    install('app/node_modules/two/node_modules/shared', { version: '2.0.0' });
    install('app/node_modules/two/node_modules/three', { dependencies: { shared: '2' } });
    install('app/node_modules/development', {});
    expect(placed()).toEqual([
      ['one', 'app/node_modules/one'],
      ['shared', 'app/node_modules/shared'],
      ['three', 'app/node_modules/two/node_modules/three'],
      ['three/node_modules/shared', 'app/node_modules/two/node_modules/shared'],
      ['two', 'app/node_modules/two'],
      ['two/node_modules/shared', 'app/node_modules/two/node_modules/shared'],
    ]);
  });

  test('holds what was installed beside the package, as npm does it for a program', () => {
    install('node_modules/beside', {});
    install('app', { dependencies: { beside: '1' } });
    expect(placed()).toEqual([['beside', 'node_modules/beside']]);
  });

  test('leaves out what is not wanted with all that only it needs, and optional packages that are not there', () => {
    install('app', { dependencies: { engine: '1', kept: '1' }, optionalDependencies: { absent: '1' } });
    install('app/node_modules/engine', { dependencies: { 'engine-part': '1', both: '1' } });
    install('app/node_modules/engine-part', {});
    install('app/node_modules/both', {});
    install('app/node_modules/kept', {
      dependencies: { both: '1' },
      peerDependencies: { compiler: '1' },
      peerDependenciesMeta: { compiler: { optional: true } },
    });
    install('app/node_modules/compiler', {});
    expect(placed((name) => name === 'engine').map(([name]) => name)).toEqual(['both', 'kept']);
  });

  test('says which package is missing', () => {
    install('app', { dependencies: { one: '1' } });
    install('app/node_modules/one', { dependencies: { gone: '1' } });
    expect(() => placed()).toThrow(
      /the package gone, which .*app\/node_modules\/one needs, is not installed: run npm ci/,
    );
  });
});

describe('what the base gets', () => {
  const names = () => new Set(listEasel().map(({ name }) => name));

  test('is the code that runs here and what it needs, and nothing else', () => {
    const all = names();
    for (const name of ['easel.ts', 'package.json', 'LICENSE', 'scripts/easel.js', 'scripts/healthy.js'])
      expect(all).toContain(`easel/${name}`);
    for (const name of ['worker/task-types.yaml', 'worker/slot/child.ts', 'schema/0001-initial.mysql.sql'])
      expect(all).toContain(`easel/${name}`);
    expect(all).toContain('node_modules/zod/package.json');
    expect(all).toContain('node_modules/kysely/LICENSE');
    expect(all).toContain(`node_modules/better-sqlite3/prebuilds/linux-${process.arch}.node`);
    const strangers =
      /^easel\/(test|docs|node_modules|dist|data)\/|\/\.git|^node_modules\/(dockerode|ssh2|@kubernetes|node-linux-.*|vitest|typescript)\//;
    expect([...all].filter((name) => strangers.test(name))).toEqual([]);
    const unread = /^node_modules\/.*(\.d\.ts|\.map|\.cpp|darwin|win32|linuxmusl.*\.node)$/;
    expect([...all].filter((name) => unread.test(name))).toEqual([]);
  });

  test('is enough: every package that is there finds what it depends on', () => {
    const all = names();
    const manifests = [...all].filter((name) => /^node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(name));
    expect(manifests.length).toBeGreaterThan(80);
    for (const name of manifests) {
      const { dependencies = {} } = JSON.parse(readFileSync(name, 'utf8')) as { dependencies?: object };
      const missing = Object.keys(dependencies).filter(
        (each) =>
          !all.has(`node_modules/${each}/package.json`) &&
          !all.has(`${dirname(name)}/node_modules/${each}/package.json`),
      );
      expect({ name, missing }).toEqual({ name, missing: [] });
    }
  });
});

test('the base is not built for another kind of machine', async () => {
  const engine = { version: async () => ({ Os: 'linux', Arch: 's390x' }) } as unknown as Engine;
  const [base] = findImages(place);
  const options = {
    baseImage: 'x',
    easelBase: 'y',
    environment: {},
    signal: AbortSignal.abort(),
    onLine: () => undefined,
  };
  await expect(buildImage(engine, base as Image, options)).rejects.toThrow(
    /\(linux\/s390x\) could not run: build it on a machine of their kind/,
  );
});

describe('the stream', () => {
  const digest = async (from: string) =>
    createHash('sha256')
      .update(await buffer(packContext(listTree(from, 'tree'))))
      .digest('hex');

  test('has the same bytes for the same files, whoever has them since when', async () => {
    write('one/b/program', '#!/bin/sh\n');
    chmodSync(join(place, 'one/b/program'), 0o755);
    write('one/a.txt', 'a');
    cpSync(join(place, 'one'), join(place, 'two'), { recursive: true });
    utimesSync(join(place, 'two/a.txt'), 1, 1);
    chmodSync(join(place, 'two/a.txt'), 0o600);
    write('two/.hidden', 'not part of it');
    write('two/__pycache__/a.pyc', 'neither');
    expect(await digest(join(place, 'two'))).toBe(await digest(join(place, 'one')));
    write('two/a.txt', 'b');
    expect(await digest(join(place, 'two'))).not.toBe(await digest(join(place, 'one')));
  });

  test('says of files what Docker needs and no more', async () => {
    write('z.txt', 'z');
    write(`${'long/'.repeat(40)}name`, 'long');
    write('program', 'p');
    chmodSync(join(place, 'program'), 0o700);
    const headers: Header[] = [];
    const entries = extract();
    packContext(listTree(place, '.')).pipe(entries);
    for await (const entry of entries) {
      headers.push(entry.header);
      entry.resume();
    }
    expect(headers.map(({ name, mode }) => [name, mode])).toEqual([
      [`./${'long/'.repeat(40)}name`, 0o644],
      ['./program', 0o755],
      ['./z.txt', 0o644],
    ]);
    for (const header of headers)
      expect(header).toMatchObject({ uid: 0, gid: 0, mtime: new Date(0), type: 'file' });
  });

  test('ends with the error of a file that is gone', async () => {
    const stream = packContext([{ name: 'gone', path: join(place, 'gone') }]);
    await expect(buffer(stream)).rejects.toThrow(/ENOENT/);
  });
});
