/** Writes a light curve to its file: the text that read-light-curve.ts reads, times in seconds. */
import { headerText } from './header.ts';
import { type LightCurve, type Metadata, SECONDS_PER_DAY } from './light-curve.ts';
import { writeRows } from './write-text.ts';

/** `header` is for metadata of the file itself; that of the product is the platform's to keep. */
export async function writeLightCurve(path: string, curve: LightCurve, header: Metadata = {}): Promise<void> {
  const { time, flux, flag, uncertainty } = curve;
  const columns = [time, flux, flag, uncertainty];
  await writeRows(path, { header: headerText(header), columns, separator: ' ', scale: SECONDS_PER_DAY });
}
