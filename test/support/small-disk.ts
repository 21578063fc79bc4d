/**
 * A small disk of its own (tmpfs) with an output area on it, that can be filled, made read-only, taken away and brought back while
 * daemons work on it. Needs the right to mount; where there is none, the tests that need it fail unless EASEL_TEST_NO_MOUNT=1 is
 * set, which shows them as skipped.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

export const mayNotMount = process.env.EASEL_TEST_NO_MOUNT === '1';

const MEGABYTES = 4;
const INODES = 2_000;

export class SmallDisk {
  readonly #root = mkdtempSync(join(tmpdir(), 'easel_disk_'));
  /** What is mounted at the area, and stays when the area is taken away. */
  readonly #disk = join(this.#root, 'disk');
  readonly area = join(this.#root, 'area');
  #isAttached = false;

  constructor() {
    for (const directory of [this.#disk, this.area]) mkdirSync(directory);
    run('mount', '-t', 'tmpfs', '-o', `size=${MEGABYTES}m,nr_inodes=${INODES}`, 'easel-test', this.#disk);
    this.attach();
  }

  /** To the last byte and the last inode: then not even a directory can be made. */
  fill(): void {
    const ballast = join(this.#disk, 'ballast');
    mkdirSync(ballast, { recursive: true });
    untilFull(() => {
      const file = openSync(join(ballast, 'bytes'), 'a');
      try {
        untilFull(() => writeSync(file, Buffer.alloc(65_536)));
        untilFull(() => writeSync(file, Buffer.alloc(1)));
      } finally {
        closeSync(file);
      }
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    });
    let number = 0;
    untilFull(() => closeSync(openSync(join(ballast, String(number++)), 'w')));
  }

  free(): void {
    rmSync(join(this.#disk, 'ballast'), { recursive: true, force: true });
  }

  /** Refused as long as a file is open for writing. */
  async makeReadOnly(): Promise<void> {
    await until(() => isDone(() => run('mount', '-o', 'remount,ro', this.#disk)), {
      message: 'the disk to be read-only',
    });
  }

  makeWritable(): void {
    run('mount', '-o', 'remount,rw', this.#disk);
  }

  attach(): void {
    run('mount', '--bind', this.#disk, this.area);
    this.#isAttached = true;
  }

  /** At once, whoever uses it: what is open stays open, as when a server goes. */
  detach(): void {
    run('umount', '--lazy', this.area);
    this.#isAttached = false;
  }

  /** What lies at the mount point while nothing is mounted there. */
  get below(): string[] {
    return readdirSync(this.area);
  }

  remove(): void {
    if (this.#isAttached) this.detach();
    run('umount', '--lazy', this.#disk);
    rmSync(this.#root, { recursive: true, force: true });
  }
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function isDone(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

function untilFull(work: () => void): void {
  try {
    for (;;) work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}
