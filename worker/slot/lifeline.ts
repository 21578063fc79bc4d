/**
 * A thread of the child process that waits for the supervisor's death. The slot holds the other end of this pipe;
 * when the supervisor ends in whatever way, the pipe closes, and the command and the child are killed at once.
 * A thread, because the main one may be deep in a computation and not look at its events for hours.
 */
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { COMMAND_STARTS } from './command-register.ts';
import { signalGroup } from './process-group.ts';
import { LIFELINE_FD } from './protocol.ts';

function die(group: Int32Array): void {
  // A command that is just being started has no number yet; its start takes milliseconds.
  Atomics.wait(group, 0, COMMAND_STARTS, 1_000);
  signalGroup(Atomics.load(group, 0), 'SIGKILL');
  signalGroup(process.pid, 'SIGKILL');
  process.kill(process.pid, 'SIGKILL');
}

const { commandGroup } = workerData as { commandGroup: Int32Array };
const pipe = new Socket({ fd: LIFELINE_FD, readable: true, writable: false });
pipe.on('close', () => die(commandGroup));
pipe.on('error', () => pipe.destroy());
pipe.resume();
