/**
 * Settings: flags win over the environment, that over the settings file, that over the defaults. The file is
 * `settings.yaml` in Easel's home (`EASEL_HOME`, default `./data`), readable by its owner only; `init-schema` and
 * `init-queues` remember the URLs there, so that later commands need none.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { EaselError } from '../model/errors.ts';
import { policyKeys } from '../model/policy-keys.ts';

const days = z.number().min(0).optional();

/** Days after which something may go; what is not named stays. */
const retentionSchema = z.strictObject({
  jobs: days,
  versions: days,
  attempts: days,
  logs: days,
  orphans: days,
  processes: days,
  audit: days,
});

export type Retention = z.infer<typeof retentionSchema>;

/** The dashboard. Elsewhere than on this machine it listens only when there are users. */
const webSchema = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(8380),
  /** Names by which it is asked for, beside this machine's own and plain addresses. */
  allowed_hosts: z.array(z.string()).default([]),
  /** Addresses or networks of reverse proxies: what they say of client, name and https is believed. */
  trusted_proxies: z
    .array(
      z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6(), z.enum(['loopback', 'linklocal', 'uniquelocal'])]),
    )
    .default([]),
});

/** Where an area is for containers: a directory of each machine that runs them, a named volume, or a claim (Kubernetes). */
const areaSchema = z.strictObject({
  kind: z.enum(['directory', 'volume', 'claim']),
  source: z.string().min(1),
});

/** What `easel images`, `deploy`, `scale` and the like go by. */
const containersSchema = z.strictObject({
  orchestrator: z.enum(['docker', 'swarm', 'kubernetes']).default('docker'),
  /** From what our images are made: Debian with Node 24. */
  base_image: z.string().min(1).default('node:24-bookworm-slim'),
  /** Images of worker classes; without one, `easel/CLASS` of this version, as `easel images build` names it. */
  images: z.record(z.string(), z.string().min(1)).default({}),
  database_image: z.string().min(1).default('mariadb:11.4'),
  broker_image: z.string().min(1).default('rabbitmq:4-management'),
  /** Without them the directories of this machine. */
  input_area: areaSchema.optional(),
  output_area: areaSchema.optional(),
  /** Processes and threads in one container. */
  pids: z.number().int().min(64).default(1_024),
  /** docker: the network containers join instead of one of their own; `host` is the machine's. */
  network: z.string().min(1).optional(),
  kubernetes: z
    .strictObject({
      /** Of the kubeconfig; without it the current one. */
      context: z.string().min(1).optional(),
      namespace: z.string().min(1).default('easel'),
      /** Of the claims made for the database and the broker. */
      storage_class: z.string().min(1).optional(),
      storage_gb: z.number().positive().default(20),
      /** Secrets with which images are pulled. */
      image_pull_secrets: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
});

export type ContainerSettings = z.infer<typeof containersSchema>;

const settingsSchema = z.strictObject({
  /** mysql://user:password@host:port/database or sqlite:path */
  database_url: z.string().optional(),
  /** amqp://user:password@host:port/vhost; only needed for the `amqp` queue */
  queue_url: z.string().optional(),
  input_area: z.string().optional(),
  output_area: z.string().optional(),
  /** Registry files beside the built-in one; those that EASEL_TASK_TYPES names, with colons between, come before them. */
  task_types: z.array(z.string()).default([]),
  lease_seconds: z.number().positive().default(60),
  renew_seconds: z.number().positive().default(15),
  /** How often the loss of its worker is forgiven a task. */
  max_lost: z.number().int().min(0).default(3),
  /** `retries`, `retry_delay` and `timeout` of tasks about which neither job file nor task type say anything. */
  ...policyKeys,
  /** How long a worker that is asked to stop lets its tasks run on before it gives them back. */
  drain_seconds: z.number().min(0).default(30),
  /** How long a task that is asked to stop gets before it is killed. */
  kill_grace_seconds: z.number().min(0).default(5),
  /** Of one attempt; beyond, the first and the last lines are kept. */
  log_lines_per_attempt: z.number().int().positive().default(100_000),
  /** With less room in the output area, workers claim nothing. */
  min_free_mb: z.number().min(0).default(64),
  /** What `easel prune` removes when it is not told: days. */
  retention: retentionSchema.default({}),
  web: webSchema.prefault({}),
  containers: containersSchema.prefault({}),
  /** Limits of job files: see core/job-file/limits.ts. */
  limits: z.record(z.string(), z.number()).default({}),
});

type SettingsFile = z.infer<typeof settingsSchema>;
type GivenSettings = z.input<typeof settingsSchema>;

export interface Settings extends Omit<SettingsFile, 'database_url' | 'input_area' | 'output_area'> {
  readonly home: string;
  readonly database_url: string;
  readonly input_area: string;
  readonly output_area: string;
  /** As they stand now: the file may have changed. */
  readonly reread: () => Settings;
}

export type SettingsOverrides = { readonly [K in keyof GivenSettings]?: GivenSettings[K] } & {
  readonly home?: string | undefined;
};

const ENVIRONMENT = {
  database_url: 'EASEL_DATABASE_URL',
  queue_url: 'EASEL_QUEUE_URL',
  input_area: 'EASEL_INPUT_AREA',
  output_area: 'EASEL_OUTPUT_AREA',
} as const;

export function loadSettings(flags: SettingsOverrides, environment: NodeJS.ProcessEnv): Settings {
  const home = resolve(flags.home ?? environment.EASEL_HOME ?? 'data');
  const { home: _home, ...given } = flags;
  const merged: Record<string, unknown> = {
    ...readFile(home),
    ...fromEnvironment(environment),
    ...withoutUndefined(given),
  };
  const parsed = settingsSchema.safeParse(merged);
  if (!parsed.success) throw new EaselError('settings', `settings: ${z.prettifyError(parsed.error)}`);
  const { data } = parsed;
  if (data.renew_seconds * 3 > data.lease_seconds) {
    throw new EaselError(
      'settings',
      `renew_seconds (${data.renew_seconds}) must be at most a third of lease_seconds (${data.lease_seconds}), so that a lease survives two renewals that fail`,
    );
  }
  return {
    ...data,
    home,
    database_url: data.database_url ?? `sqlite:${join(home, 'easel.db')}`,
    input_area: resolve(data.input_area ?? join(home, 'input')),
    output_area: resolve(data.output_area ?? join(home, 'output')),
    task_types: [...ownTaskTypes(environment), ...data.task_types.map((file) => resolve(home, file))],
    reread: () => loadSettings(flags, environment),
  };
}

/** Keeps what is there and adds to it. Written whole or not at all, mode 0600. */
export function rememberSettings(
  home: string,
  values: Pick<SettingsOverrides, 'database_url' | 'queue_url'>,
): string {
  const file = join(home, FILE);
  mkdirSync(dirname(file), { recursive: true });
  const next = `${file}.${process.pid}`;
  writeFileSync(next, stringify({ ...readFile(home), ...withoutUndefined(values) }), { mode: 0o600 });
  chmodSync(next, 0o600);
  renameSync(next, file);
  return file;
}

const FILE = 'settings.yaml';

function readFile(home: string): Record<string, unknown> {
  const file = join(home, FILE);
  if (!existsSync(file)) return {};
  try {
    const content: unknown = parse(readFileSync(file, 'utf8'));
    return z.record(z.string(), z.unknown()).parse(content ?? {});
  } catch (error) {
    throw new EaselError('settings', `${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Record<string, unknown> {
  return withoutUndefined(
    Object.fromEntries(Object.entries(ENVIRONMENT).map(([key, name]) => [key, environment[name]])),
  );
}

/** An image's own registry files, which those of the settings may change: what the settings say holds on every machine. */
function ownTaskTypes({ EASEL_TASK_TYPES: files = '' }: NodeJS.ProcessEnv): string[] {
  return files === '' ? [] : files.split(delimiter).map((file) => resolve(file));
}

function withoutUndefined(values: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ''),
  );
}
