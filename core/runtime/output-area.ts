/**
 * The output area as something that may fail: full, read-only, forbidden, away. What Easel itself does there is waited
 * out like an outage of the database, said once with the directory, what is wrong with it and what to do. The area is
 * away when its directory of versions is missing: nobody makes one anew below an empty mount point.
 */
import { access, rm, statfs, writeFile } from 'node:fs/promises';
import { type Areas, probeFile, versionsDirectory } from './areas.ts';
import type { Emit } from './events.ts';
import { Outage, waitOut } from './outage.ts';

type Kind = 'full' | 'read_only' | 'forbidden' | 'away';

export interface AreaFault {
  readonly kind: Kind;
  /** As the end of a sentence: "the output area ..." */
  readonly wrong: string;
  readonly advice: string;
  readonly reason: string;
}

const KINDS: Readonly<Record<string, Kind>> = {
  ...{ ENOSPC: 'full', EDQUOT: 'full', EROFS: 'read_only', EACCES: 'forbidden', EPERM: 'forbidden' },
  ...{ EIO: 'away', ESTALE: 'away', ENODEV: 'away', ENXIO: 'away', ENOTCONN: 'away', ESHUTDOWN: 'away' },
  ...{ EHOSTDOWN: 'away', EHOSTUNREACH: 'away', ETIMEDOUT: 'away', EREMOTEIO: 'away', ENOMEDIUM: 'away' },
};

const EXAMINE_EVERY_MS = 1_000;
const PROBE_BYTES = 4_096;

export class OutputArea {
  readonly areas: Areas;
  readonly #emit: Emit;
  readonly #minFreeBytes: number;
  readonly #outage: Outage;
  #waiting = 0;
  #examinedAt = Number.NEGATIVE_INFINITY;
  #fault: AreaFault | undefined;

  /** @param minFreeBytes with less room the area counts as full for whatever has not begun */
  constructor(areas: Areas, emit: Emit, minFreeBytes = 0) {
    this.areas = areas;
    this.#emit = emit;
    this.#minFreeBytes = minFreeBytes;
    this.#outage = outageOf(areas);
  }

  /** Repeats `work` while the area refuses it; any other error is the caller's. */
  async outlast<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    let isWaiting = false;
    const recognise = async (error: unknown) => {
      const fault = await this.#faultOf(error);
      if (fault === undefined) return undefined;
      if (!isWaiting) this.#waiting++;
      isWaiting = true;
      return () => this.#say(fault);
    };
    const sayOver = () => this.#sayOver();
    try {
      return await waitOut({ outage: this.#outage, recognise, sayOver, signal }, work);
    } finally {
      if (isWaiting) this.#waiting--;
    }
  }

  /** Whether anything new may be begun. Looks at most once a second, however often it is asked. */
  async isUsable(): Promise<boolean> {
    if (performance.now() - this.#examinedAt > EXAMINE_EVERY_MS) await this.look();
    return this.#fault === undefined && this.#waiting === 0;
  }

  /** What is wrong with the area just now. */
  async look(): Promise<AreaFault | undefined> {
    const fault = await this.#examine();
    this.#note(fault);
    return fault;
  }

  /** Where something was wrong: is it still? */
  async lookAgain(): Promise<void> {
    if (this.#fault !== undefined) await this.look();
  }

  /** Whether the error is the area's. */
  async isFault(error: unknown): Promise<boolean> {
    return (await this.#faultOf(error)) !== undefined;
  }

  /** Says that the area is at fault, or else that it is a defect. */
  async report(error: unknown, where: string): Promise<void> {
    if (!(await this.meet(error))) this.#emit('defect', { where, reason: messageOf(error) });
  }

  /** For whoever goes on to something else: answers whether the error is the area's, and says so. */
  async meet(error: unknown): Promise<boolean> {
    const fault = await this.#faultOf(error);
    if (fault !== undefined) this.#note(fault);
    return fault !== undefined;
  }

  /** Undefined when the error has nothing to do with the state of the area. */
  async #faultOf(error: unknown): Promise<AreaFault | undefined> {
    const kind = KINDS[codeOf(error)];
    if (kind !== undefined) return await this.#describe(kind, messageOf(error));
    if (!isMissing(error)) return undefined;
    const isThere = await access(versionsDirectory(this.areas)).then(
      () => true,
      () => false,
    );
    return isThere ? undefined : await this.#describe('away', messageOf(error));
  }

  /** Is it there, has it room, can it be written? */
  async #examine(): Promise<AreaFault | undefined> {
    const probe = probeFile(this.areas);
    try {
      await access(versionsDirectory(this.areas));
      const free = await this.#freeBytes();
      if (free < this.#minFreeBytes)
        return await this.#describe('full', `at least ${sizeOf(this.#minFreeBytes)} must be free`);
      await writeFile(probe, Buffer.alloc(PROBE_BYTES)).finally(() => rm(probe, { force: true }));
      return undefined;
    } catch (error) {
      const kind = KINDS[codeOf(error)] ?? (isMissing(error) ? 'away' : undefined);
      if (kind === undefined) throw error;
      return await this.#describe(kind, messageOf(error));
    }
  }

  #note(fault: AreaFault | undefined): void {
    this.#examinedAt = performance.now();
    this.#fault = fault;
    if (fault === undefined) this.#outage.passed(this, () => this.#sayOver());
    else this.#outage.met(this, () => this.#say(fault));
  }

  #say({ wrong, advice, reason }: AreaFault): void {
    this.#emit('area_unusable', { area: this.areas.output, wrong, advice, reason });
  }

  #sayOver(): void {
    this.#emit('area_usable', { area: this.areas.output });
  }

  async #describe(kind: Kind, reason: string): Promise<AreaFault> {
    const room = kind === 'full' ? await this.#freeBytes().catch(() => Number.NaN) : Number.NaN;
    const [wrong, advice] = WORDS[kind];
    if (!Number.isFinite(room)) return { kind, wrong, advice, reason };
    const full = room < 2 ** 20 ? 'full' : 'nearly full';
    return { kind, wrong: `is ${full} (${sizeOf(room)} free)`, advice, reason };
  }

  /** Unknown where the file system does not tell. */
  async #freeBytes(): Promise<number> {
    const { blocks, bavail, bsize } = await statfs(this.areas.output);
    return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize;
  }
}

const WORDS: Readonly<Record<Kind, readonly [string, string]>> = {
  full: ['is full', 'free some room on its disk or enlarge it'],
  read_only: ['is read-only', 'mount it writable again'],
  forbidden: [
    `may not be written by this user (uid ${process.getuid?.() ?? 'unknown'})`,
    'give this user the right to write there',
  ],
  away: ['is away', 'mount it again, or mend its disk or server'],
};

const outages = new WeakMap<Areas, Outage>();

/** One per area and process: several workers in one process say it once. */
function outageOf(areas: Areas): Outage {
  const known = outages.get(areas) ?? new Outage();
  outages.set(areas, known);
  return known;
}

function sizeOf(bytes: number): string {
  return bytes < 2 ** 20 ? `${bytes} bytes` : `${Math.floor(bytes / 2 ** 20)} MB`;
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
