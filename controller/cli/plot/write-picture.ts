/** A picture goes where the person says: to a file, as SVG or PNG by its ending, or as SVG to stdout when that is no terminal. */
import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { CommandContext } from '../../../core/cli/context.ts';
import { terminalWidth } from '../../../core/cli/terminal.ts';
import { EaselError } from '../../../core/model/errors.ts';
import { renderPng } from '../../../core/plot/png.ts';

const ENDINGS = ['.svg', '.png'];

/** Before anything is read: where the picture goes must be clear. */
export function checkTarget(output: string | undefined): void {
  if (output === undefined) {
    if (terminalWidth() !== undefined)
      throw new EaselError('usage', 'say where the picture is to go: `-o picture.svg` or `-o picture.png`');
    return;
  }
  const ending = extname(output).toLowerCase();
  if (!ENDINGS.includes(ending)) {
    const found = ending === '' ? 'has no ending' : `ends in ${ending}`;
    throw new EaselError('usage', `${output} ${found}: pictures end in .svg or .png`);
  }
}

export async function writePicture(
  context: CommandContext,
  svg: string,
  { output, scale }: { readonly output: string | undefined; readonly scale: number },
): Promise<void> {
  if (output === undefined) return context.print(svg.trimEnd());
  const content = extname(output).toLowerCase() === '.png' ? await renderPng(svg, scale) : svg;
  try {
    await writeFile(output, content);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EaselError('usage', `cannot write ${output}: ${reason}`);
  }
  context.remark(`wrote ${output}`);
}
