/**
 * What the second step of a task type said about its outputs, from a module's function or a program.
 * A program: exit status 0 passes every output, anything else fails them with the last line of stderr; a JSON object
 * as the last line of stdout, {output: {passed, reason}}, judges them one by one. Verdicts only ever add to the
 * default check: nothing passes what that refused.
 */
import type { AttemptRequest, ProductOutcome } from '../attempt.ts';
import type { CommandEnd } from './command-process.ts';
import { toLogLine } from './log-lines.ts';
import type { Verdicts } from './outputs.ts';
import type { Services } from './services.ts';

export interface Judgement {
  readonly verdicts: Verdicts;
  /** Set when quality control refused the attempt as a whole. */
  readonly problem: string | undefined;
}

export type RawVerdicts = { [output: string]: { passed?: unknown; reason?: unknown } };

export const ALL_PASS: Judgement = { verdicts: new Map(), problem: undefined };

/** Every output of the attempt fails for the same reason. */
export function failAll(request: AttemptRequest, reason: string): Judgement {
  return {
    verdicts: new Map(Object.keys(request.outputs).map((output) => [output, reason])),
    problem: reason,
  };
}

export function readVerdicts(request: AttemptRequest, raw: RawVerdicts, services: Services): Judgement {
  const failed = new Map<string, string>();
  for (const [output, verdict] of Object.entries(raw)) {
    if (!Object.hasOwn(request.outputs, output)) {
      const message = `quality control judged '${output}', which is no output of this task`;
      services.log(toLogLine(message, 'warning'));
    } else if (verdict.passed !== true) {
      failed.set(output, String(verdict.reason ?? 'quality control did not pass it'));
    }
  }
  return { verdicts: failed, problem: undefined };
}

export function judgeByCommand(request: AttemptRequest, end: CommandEnd, services: Services): Judgement {
  const judgement = readVerdicts(request, parseVerdicts(end.stdout.at(-1)) ?? {}, services);
  return end.code !== 0 && judgement.verdicts.size === 0 ? failAll(request, findReason(end)) : judgement;
}

function findReason(end: CommandEnd): string {
  const how = end.signal ?? `exit status ${end.code}`;
  return end.stderr.findLast((line) => line.trim() !== '') ?? `quality control ended with ${how}`;
}

function parseVerdicts(line: string | undefined): RawVerdicts | undefined {
  if (line?.startsWith('{') !== true) return undefined;
  try {
    const parsed: unknown = JSON.parse(line);
    const values = Object.values(parsed as object);
    const isVerdict = (value: unknown) => typeof value === 'object' && value !== null && 'passed' in value;
    return values.every(isVerdict) ? (parsed as RawVerdicts) : undefined;
  } catch {
    return undefined;
  }
}

/** Why the attempt as a whole does not pass; undefined when it does. */
export function explainRefusal(
  products: readonly ProductOutcome[],
  problem: string | undefined,
): string | undefined {
  const refused = products.filter((product) => !product.passed);
  const list = refused.map(({ output, fileName, reason }) => `${output} (${fileName}): ${reason}`);
  if (list.length === 0 && problem === undefined) return undefined;
  return `quality control did not pass: ${list.length > 0 ? list.join('; ') : problem}`;
}
