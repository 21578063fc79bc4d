/** The controller's commands, one file each in cli/: what people type to submit, schedule, look and mend. */
import type { Command } from 'commander';
import type { CommandContext } from '../core/cli/context.ts';
import { registerAutoscale } from './cli/autoscale.ts';
import { registerCancel } from './cli/cancel.ts';
import { registerCompletion } from './cli/completion.ts';
import { registerDbRestore } from './cli/db-restore.ts';
import { registerDbSave } from './cli/db-save.ts';
import { registerDeploy } from './cli/deploy.ts';
import { registerDoctor } from './cli/doctor.ts';
import { registerEmptyQueue } from './cli/empty-queue.ts';
import { registerErrors } from './cli/errors.ts';
import { registerImages } from './cli/images.ts';
import { registerInit } from './cli/init.ts';
import { registerJobs } from './cli/jobs.ts';
import { registerLogs } from './cli/logs.ts';
import { registerPassFail } from './cli/pass-fail.ts';
import { registerPause } from './cli/pause.ts';
import { registerPauses } from './cli/pauses.ts';
import { registerPlan } from './cli/plan.ts';
import { registerPlot } from './cli/plot.ts';
import { registerSchedulers, registerWorkers } from './cli/processes.ts';
import { registerProgress } from './cli/progress.ts';
import { registerPrune } from './cli/prune.ts';
import { registerQueue } from './cli/queue.ts';
import { registerReschedule } from './cli/reschedule-unfinished.ts';
import { registerRestart } from './cli/restart.ts';
import { registerResults } from './cli/results.ts';
import { registerResume } from './cli/resume.ts';
import { registerRetry } from './cli/retry.ts';
import { registerScale } from './cli/scale.ts';
import { registerScheduleWaiting } from './cli/schedule-waiting.ts';
import { registerStatus } from './cli/status.ts';
import { registerStop } from './cli/stop.ts';
import { registerSubmit } from './cli/submit.ts';
import { registerTimings } from './cli/timings.ts';
import { registerToken } from './cli/token.ts';
import { registerTree } from './cli/tree.ts';
import { registerUser } from './cli/user.ts';
import { registerValidate } from './cli/validate.ts';
import { registerWhy } from './cli/why.ts';

export function registerControllerCommands(program: Command, context: CommandContext): void {
  const commands = [
    ...[registerInit, registerValidate, registerPlan, registerSubmit, registerScheduleWaiting],
    ...[
      registerJobs,
      registerTree,
      registerProgress,
      registerQueue,
      registerLogs,
      registerErrors,
      registerTimings,
      registerWhy,
      ...[registerWorkers, registerSchedulers],
    ],
    ...[registerResults, registerPassFail, registerPlot],
    registerCompletion,
    ...[registerCancel, registerRetry, registerEmptyQueue, registerReschedule],
    ...[registerPause, registerResume, registerPauses],
    ...[registerDbSave, registerDbRestore, registerPrune, registerDoctor],
    ...[registerUser, registerToken],
    ...[registerDeploy, registerScale, registerAutoscale, registerRestart, registerStop, registerStatus],
    registerImages,
  ];
  for (const register of commands) register(program, context);
}
