/** Which images there are, from folders; and types that a registry file takes over from another. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseImages, findImages } from '../../controller/deployment/images/catalogue.ts';
import { easelVersion } from '../../core/runtime/package.ts';
import { loadRegistry } from '../../core/runtime/registry.ts';
import { loadSettings } from '../../core/runtime/settings.ts';

let home = '';

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'easel_test_images_'));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(name: string, content = ''): string {
  const file = join(home, name);
  mkdirSync(resolve(file, '..'), { recursive: true });
  writeFileSync(file, content);
  return file;
}

function makeImage(name: string, types: string): void {
  write(`images/${name}/Dockerfile`, 'FROM scratch\n');
  write(`images/${name}/task-types.yaml`, types);
}

describe('the catalogue', () => {
  test('has the base first, and says which classes each image serves', () => {
    const found = findImages(home);
    expect(found.map(({ name, workerClasses }) => [name, workerClasses])).toEqual([
      ['base', ['default']],
      ['c', ['c']],
      ['light-curve', ['light-curve']],
      ['python', ['python']],
    ]);
    expect(found.map(({ tag }) => tag)).toContain(`easel/python:${easelVersion()}`);
  });

  test('has the images of the home, too', () => {
    makeImage(
      'spectra',
      'fit: {description: Fits, command: [fit], worker_class: spectra}\nplot: {description: Plots, command: [plot], worker_class: big}\n',
    );
    expect(findImages(home).find(({ name }) => name === 'spectra')?.workerClasses).toEqual([
      'big',
      'spectra',
    ]);
  });

  test.each([
    ['Spectra', '', /named with a-z, 0-9/],
    ['python', '', /there is an image python already, in .*worker\/images\/python: rename it/],
    ['spectra', 'fit: {}', /images\/spectra\/task-types\.yaml: .*expected string.*\n.*at fit\.description/],
  ])('refuses the folder %s', (name, types, says) => {
    makeImage(name, types);
    expect(() => findImages(home)).toThrow(says);
  });

  test('refuses a folder without a Dockerfile, naming it', () => {
    write('images/spectra/task-types.yaml');
    expect(() => findImages(home)).toThrow(
      /images\/spectra: an image needs a Dockerfile and a task-types.yaml; there is no .*Dockerfile/,
    );
  });

  test('gives the images that are asked for, in its own order, and names those there are when one is not', () => {
    const all = findImages(home);
    expect(chooseImages(all, ['python', 'base']).map(({ name }) => name)).toEqual(['base', 'python']);
    expect(chooseImages(all, [])).toEqual(all);
    expect(() => chooseImages(all, ['pyhton'])).toThrow(
      'there is no image pyhton: there are base, c, light-curve, python',
    );
  });
});

describe('a type that extends another', () => {
  test('is that one but for what it says', () => {
    const file = write(
      'types.yaml',
      'verify: {extends: verify, worker_class: big}\nquick: {extends: verify, timeout: 60}\n',
    );
    const [builtIn, registry] = [loadRegistry([]).get('verify'), loadRegistry([file])];
    expect(registry.get('verify')).toEqual({
      ...builtIn,
      directory: home,
      worker_class: 'big',
      module: expect.any(String),
    });
    expect(registry.get('verify')?.module).toBe(resolve('worker/types/verify.ts'));
    expect(registry.get('quick')).toMatchObject({ name: 'quick', worker_class: 'default', timeout: 60 });
  });

  test('may have a program instead of a module, and the next file may extend it again', () => {
    const one = write('one.yaml', 'verify: {extends: verify, command: [check]}\n');
    const two = write('two/two.yaml', 'verify: {extends: verify, worker_class: big}\n');
    const type = loadRegistry([one, two]).get('verify');
    expect(type).toMatchObject({
      command: ['check'],
      worker_class: 'big',
      inputs: { lightcurve: { required: true } },
    });
    expect(type?.module).toBeUndefined();
  });

  test('must be of an earlier file', () => {
    const file = write('types.yaml', 'mine: {extends: nothing}\n');
    expect(() => loadRegistry([file])).toThrow(
      /types\.yaml: .*extends nothing, which is no type of an earlier file: null, error, command/,
    );
  });
});

test('an image names its registry files in the environment, and the settings may change their types', () => {
  write('settings.yaml', 'task_types: [mine.yaml]\n');
  const { task_types: files } = loadSettings({ home }, { EASEL_TASK_TYPES: '/opt/a.yaml:/opt/b.yaml' });
  expect(files).toEqual(['/opt/a.yaml', '/opt/b.yaml', join(home, 'mine.yaml')]);
  expect(loadSettings({ home }, { EASEL_TASK_TYPES: '' }).task_types).toEqual([join(home, 'mine.yaml')]);
});
