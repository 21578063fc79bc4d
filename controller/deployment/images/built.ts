/** What the engine has of an image of the catalogue. */
import { type Engine, statusOf } from '../docker/api.ts';
import type { Image } from './catalogue.ts';
import { REVISION_LABEL, VERSION_LABEL } from './labels.ts';

export interface BuiltImage {
  /** `sha256:…` */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly builtAt: number;
  readonly bytes: number;
  readonly version: string;
  /** Empty: not known. */
  readonly revision: string;
}

/** Null when it has not been built, or was removed. */
export async function readBuilt(engine: Engine, { tag }: Image): Promise<BuiltImage | null> {
  try {
    const { Id, Created, Size, Config } = await engine.getImage(tag).inspect();
    const labels = Config.Labels ?? {};
    return {
      ...{ id: Id, builtAt: Date.parse(Created), bytes: Size },
      version: labels[VERSION_LABEL] ?? '',
      revision: labels[REVISION_LABEL] ?? '',
    };
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}
