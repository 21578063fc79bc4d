/**
 * Everything in one process: `run` for one job, `standalone` for as long as it is wanted, with the dashboard. Scheduler and workers are the
 * same as in daemons of their own, and others may run beside them; here they wake one another instead of looking.
 */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { Scheduler } from './controller/scheduler.ts';
import { submit } from './core/actions/submit.ts';
import { collect, readCount, readPort } from './core/cli/arguments.ts';
import { type CommandContext, type DaemonParts, untilStopped } from './core/cli/context.ts';
import { readText } from './core/cli/files.ts';
import { personName } from './core/cli/person.ts';
import { watchJob } from './core/cli/progress.ts';
import { remarkWarnings } from './core/cli/warnings.ts';
import type { Installation } from './core/installation.ts';
import { watchInstallation } from './core/installation-watch.ts';
import { findMisfit, workerClasses } from './core/model/fit.ts';
import { readCapacity } from './core/runtime/capacity.ts';
import { silent } from './core/runtime/events.ts';
import { Wake } from './core/runtime/wake.ts';
import { explainMisfit } from './core/words/fit.ts';
import { startDashboardThread } from './web/beside.ts';
import { Worker } from './worker/worker.ts';

export function registerCompositeCommands(program: Command, context: CommandContext): void {
  program
    .command('run')
    .description(
      'Submit a job and run it here, until it ends: scheduler, workers and progress in this process.',
    )
    .argument('<file>', 'job file, JSON or YAML')
    .option('--set <name=value>', 'override a parameter of the job file (repeatable)', collect, [])
    .option('--slots <n>', 'tasks at once (default: as many as there are cores)', readCount)
    .addHelpText('after', '\nExample:\n  easel run demo_jobs/hello.json')
    .action(async (file: string, options: { set: string[]; slots?: number }, command: Command) => {
      await runJob(context, command, { file, ...options });
    });
  program
    .command('standalone')
    .description(
      'Run a scheduler, workers and the dashboard in one process, on SQLite unless configured, until stopped.',
    )
    .option('--slots <n>', 'tasks at once (default: as many as there are cores)', readCount)
    .option('--host <address>', 'where the dashboard listens (default: the settings, else 127.0.0.1)')
    .option('--port <n>', 'where the dashboard listens (default: the settings, else 8380)', readPort)
    .option('--no-web', 'without the dashboard')
    .addHelpText('after', '\nExample:\n  easel standalone --slots 8')
    .action(async ({ slots, web, ...listening }: StandaloneOptions, command: Command) => {
      await context.runDaemon(command, { connections: DAEMON_CONNECTIONS }, async (daemon) => {
        const { settings } = daemon.installation;
        const dashboard = web ? await startDashboardThread({ settings, listening }, daemon.emit) : undefined;
        for (const reason of misfits(context, daemon.installation, slots)) daemon.emit('misfit', { reason });
        const parts = await startParts(daemon, slots);
        await untilStopped(daemon.stop);
        await Promise.all([parts.stop(), dashboard?.stop()]);
      });
    });
}

interface StandaloneOptions {
  readonly slots?: number;
  readonly host?: string;
  readonly port?: number;
  readonly web: boolean;
}

const DAEMON_CONNECTIONS = 8;

interface RunOptions {
  readonly file: string;
  readonly set: readonly string[];
  readonly slots?: number;
}

async function runJob(
  context: CommandContext,
  command: Command,
  { file, set, slots }: RunOptions,
): Promise<void> {
  const stop = context.stopSignal();
  const installation = await context.open(command, { connections: DAEMON_CONNECTIONS });
  try {
    const submission = { text: readText(file), fileName: file, set };
    const submitted = await submit(installation, submission, personName());
    remarkWarnings(context, file, submitted.jobFile);
    const watch = await watchInstallation(installation, silent);
    const end = AbortSignal.any([stop, watch.outdated]);
    for (const reason of misfits(context, installation, slots)) context.remark(`warning: ${reason}`);
    const parts = await startParts({ installation, queue: watch.queue, emit: silent, stop: end }, slots);
    const state = await watchJob(context, installation, submitted.jobId, end);
    await parts.stop();
    await watch.close();
    watch.outdated.throwIfAborted();
    if (state === 'running')
      context.remark(`job ${submitted.jobId} is not finished: \`easel standalone\` goes on with it`);
    if (state !== 'succeeded') context.fail();
  } finally {
    await installation.database.close();
  }
}

/** All classes share this process, so more than that each of them fits by itself is not asked for. */
function misfits(context: CommandContext, { registry }: Installation, wanted: number | undefined): string[] {
  const types = [...registry.values()];
  const capacity = readCapacity(context.environment);
  return workerClasses(types).flatMap((workerClass) => {
    const misfit = findMisfit(types, workerClass, { slots: wanted ?? 1, capacity });
    return misfit === undefined ? [] : [explainMisfit(misfit)];
  });
}

/** One worker per class that the registry names. */
async function startParts(
  { installation, queue, emit, stop }: DaemonParts,
  slots = availableParallelism(),
): Promise<{ stop(): Promise<void> }> {
  const { settings, registry } = installation;
  const times = { leaseMs: settings.lease_seconds * 1_000, renewMs: settings.renew_seconds * 1_000 };
  const common = { ...installation, defaults: settings, queue, emit, ...times };
  const wake = new Wake();
  const scheduler = new Scheduler(common, wake);
  const graces = {
    drainMs: settings.drain_seconds * 1_000,
    killGraceMs: settings.kill_grace_seconds * 1_000,
    logLines: settings.log_lines_per_attempt,
  };
  const workers = workerClasses(registry.values()).map(
    (workerClass) => new Worker({ ...common, ...graces, workerClass, slots, onCommit: () => wake.notify() }),
  );
  await scheduler.start(stop);
  for (const worker of workers) await worker.start(stop);
  return {
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await scheduler.stop();
    },
  };
}
