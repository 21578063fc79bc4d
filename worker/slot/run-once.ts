/** One attempt alone, wherever it has to run: what `run-task` needs, without a supervisor. */
import type { AttemptOutcome, AttemptRequest } from '../attempt.ts';
import { isBuiltIn, runBuiltIn } from './in-process.ts';
import { heapOptions } from './memory-share.ts';
import { Slot, type SlotHooks } from './slot.ts';

const KILL_GRACE_MS = 5_000;

export async function runOnce(request: AttemptRequest, hooks: SlotHooks): Promise<AttemptOutcome> {
  if (isBuiltIn(request.type)) return runBuiltIn(request, hooks);
  const slot = new Slot({ killGraceMs: KILL_GRACE_MS, execArgv: heapOptions(1) });
  try {
    return await slot.run(request, hooks);
  } finally {
    await slot.close();
  }
}
