/**
 * A control group with little memory, as a container has, for processes of a test: made below /sys/fs/cgroup, version 1 or 2, which
 * takes the right to do so. Where there is none, the tests that need it are skipped and their title says why.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EaselProcess } from './easel.ts';
import { until } from './until.ts';

const FIRST = '/sys/fs/cgroup/memory';
const SECOND = '/sys/fs/cgroup';
const isFirst = existsSync(join(FIRST, 'memory.limit_in_bytes'));
const root = isFirst ? FIRST : SECOND;

/** Undefined where groups can be made. */
export const whyNoGroup = findHindrance();

const launcher = fileURLToPath(new URL('./enter-group.ts', import.meta.url));
let made = 0;

export class MemoryGroup {
  readonly #directory = join(root, `easel-test-${process.pid}-${made++}`);

  constructor(limitBytes: number) {
    mkdirSync(this.#directory);
    this.#write(isFirst ? 'memory.limit_in_bytes' : 'memory.max', limitBytes);
    const swap = isFirst ? ['memory.swappiness', 0] : (['memory.swap.max', 0] as const);
    if (existsSync(join(this.#directory, String(swap[0])))) this.#write(String(swap[0]), Number(swap[1]));
  }

  /** `easel`, in the group from before its first line on. */
  easel(args: readonly string[], environment: NodeJS.ProcessEnv): EaselProcess {
    const EASEL_TEST_GROUP = join(this.#directory, 'cgroup.procs');
    return new EaselProcess(args, { ...environment, EASEL_TEST_GROUP }, launcher);
  }

  /** How many of its processes the kernel has killed for memory. */
  get kills(): number {
    const text = readFileSync(
      join(this.#directory, isFirst ? 'memory.oom_control' : 'memory.events'),
      'latin1',
    );
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1]);
  }

  /** The kernel lets a group go when its last process has gone. */
  async remove(): Promise<void> {
    const isEmpty = () => readFileSync(join(this.#directory, 'cgroup.procs'), 'latin1') === '';
    await until(isEmpty, { message: 'the last process of the control group to end' });
    rmdirSync(this.#directory);
  }

  #write(file: string, value: number): void {
    writeFileSync(join(this.#directory, file), String(value));
  }
}

function findHindrance(): string | undefined {
  try {
    accessSync(root, constants.W_OK);
    if (isFirst) return undefined;
    const controllers = readFileSync(join(SECOND, 'cgroup.subtree_control'), 'latin1');
    return controllers.includes('memory') ? undefined : 'groups below /sys/fs/cgroup have no memory limit';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
