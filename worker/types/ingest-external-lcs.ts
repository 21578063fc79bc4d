/**
 * Task type `ingest_external_lcs`: takes light curves that people bring into the store, one product per file.
 * The scheduler declares one output per file that matches `input_path`, by the same names (`ingestedName`).
 */

import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { EaselError } from '../../core/model/errors.ts';
import { ingestedName } from '../../core/model/ingested-name.ts';
import { EXTERNAL_TYPES, type ExternalType, readExternalCurve } from '../light-curve/external-curve.ts';
import { type FoundFile, findInputFiles } from '../light-curve/input-files.ts';
import { judgeLightCurve } from '../light-curve/judge-light-curve.ts';
import type { Metadata, QualityControl, TaskContext } from '../task-module.ts';
import { readFormat, readText, settingError } from '../task-settings.ts';

const SUFFIX = '.lc.gz';

/** With one file only, the entries of its header are output metadata too; otherwise they stay in each file. */
export async function run(context: TaskContext): Promise<Metadata> {
  const type = readType(context);
  const glob = readText(context.settings, 'input_path');
  const format = readFormat(context.settings);
  const files = pairWithOutputs(context, await findInputFiles(context.inputArea, glob));
  if (files.length === 0) throw new EaselError('task', `no file of the input area matches ${glob}`);
  let header: Metadata = {};
  for (const [index, { file, output }] of files.entries()) {
    context.signal.throwIfAborted();
    const external = await readExternalCurve(file.path, { name: file.name, type });
    for (const repair of external.repairs) context.log('warning', `${file.name}: ${repair}`);
    await writeLightCurve(output, external.curve, external.header, format);
    header = external.header;
    context.progress((index + 1) / files.length);
  }
  return { ...(files.length === 1 ? header : {}), lightcurve_count: files.length };
}

export async function qualityControl(context: TaskContext): Promise<QualityControl> {
  const verdicts: QualityControl = {};
  for (const output of Object.keys(context.outputs)) {
    Object.assign(verdicts, await judgeLightCurve(context, output));
  }
  return verdicts;
}

function readType(context: TaskContext): ExternalType {
  const text = readText(context.settings, 'lc_type');
  const type = EXTERNAL_TYPES.find((each) => each === text);
  if (type === undefined) throw settingError('lc_type', undefined, `is ${text}: it must be lcsg or csv`);
  return type;
}

interface Pair {
  readonly file: FoundFile;
  readonly output: string;
}

/** Files that came after the outputs were declared are left out, with a warning; a file that went is an error. */
function pairWithOutputs(context: TaskContext, files: readonly FoundFile[]): Pair[] {
  const byName = new Map<string, FoundFile>();
  for (const file of files) {
    const name = ingestedName(file.name, SUFFIX);
    const other = byName.get(name);
    if (other !== undefined) {
      throw new EaselError('task', `${other.name} and ${file.name} would both become ${name}: rename one`);
    }
    byName.set(name, file);
  }
  for (const name of Object.keys(context.outputs)) {
    if (!byName.has(name))
      throw new EaselError('task', `the file for ${name} is no longer in the input area`);
  }
  return [...byName].flatMap(([name, file]) => {
    const output = Object.hasOwn(context.outputs, name) ? context.outputs[name] : undefined;
    if (output !== undefined) return [{ file, output }];
    context.log('warning', `${file.name} appeared after the task was prepared, and is left out`);
    return [];
  });
}
