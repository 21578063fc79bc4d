/** The end of a job that failed: its first few failures, and where to read more. */
import type { Database } from '../db/open.ts';
import { reading } from '../db/transaction.ts';
import { Definitions } from '../store/definitions.ts';
import { listFailures } from '../store/failure-views.ts';
import { refer } from '../store/task-views.ts';
import { firstLine, printable } from '../words/text.ts';
import { paint } from './style.ts';

const SHOWN = 3;
/** Among so many, those created first are shown: they are often why the others failed. */
const READ = 50;

export async function describeFailures(database: Database, jobId: number): Promise<string[]> {
  const failures = (await listFailures(reading(database), { jobId, limit: READ })).reverse();
  const definition = await new Definitions(database).get(jobId);
  const lines = failures.slice(0, SHOWN).map(({ task, exit_class, error }) => {
    const { label } = refer(task, definition);
    const how = exit_class === null ? '' : ` (${exit_class})`;
    return `  ${paint('red', '✗')} task ${task.id} ${printable(label)}${how}: ${firstLine(error)}`;
  });
  const [first] = failures;
  if (failures.length > SHOWN) lines.push('  and more');
  if (first !== undefined) {
    lines.push(
      `all failures: easel errors ${jobId}; one of them: easel why ${first.task.id}, easel logs ${first.task.id}`,
    );
  }
  return lines;
}
