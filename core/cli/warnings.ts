/** What is odd in a job file that was submitted all the same: said where it stands, apart from the answer. */
import { type JobFile, renderProblem } from '../job-file/job-file.ts';
import type { CommandContext } from './context.ts';

export function remarkWarnings(context: CommandContext, fileName: string, { warnings }: JobFile): void {
  for (const warning of warnings) context.remark(`warning: ${renderProblem(fileName, warning)}`);
}
