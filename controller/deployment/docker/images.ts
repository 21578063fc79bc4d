/**
 * What an image's name means at this moment. What is not there is pulled, but never under a name without a registry that is ours:
 * at a public registry such a name may belong to anybody.
 */
import { EaselError } from '../../../core/model/errors.ts';
import type { Service } from '../service.ts';
import { type Engine, reasonOf, statusOf } from './api.ts';

type Wanted = Pick<Service, 'image' | 'image_kind'>;

/** The image's id, `sha256:…`. */
export async function findImage(
  engine: Engine,
  { image, image_kind }: Wanted,
  say: (line: string) => void,
): Promise<string> {
  const found = await imageId(engine, image);
  if (found !== null) return found;
  if (image_kind === 'own' && !namesRegistry(image))
    throw new EaselError('not_found', `there is no image ${image} here: \`easel images build\` makes it`);
  say(`pulling ${image}`);
  const problem = await pull(engine, image);
  const pulled = problem === null ? await imageId(engine, image) : null;
  if (pulled !== null) return pulled;
  const advice =
    image_kind === 'own'
      ? '`easel images build` makes images of the names it lists, settings.yaml (containers.images) names others'
      : `\`docker pull ${image}\` where there is a network, or another image in settings.yaml (containers.database_image, containers.broker_image)`;
  throw new EaselError(
    'not_found',
    `there is no image ${image} here, and it cannot be pulled (${problem ?? 'it is not there afterwards'}): ${advice}`,
  );
}

async function imageId(engine: Engine, image: string): Promise<string | null> {
  try {
    return (await engine.getImage(image).inspect()).Id;
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

/** Answers why not, or null. */
async function pull(engine: Engine, image: string): Promise<string | null> {
  try {
    const progress: NodeJS.ReadableStream = await engine.pull(image);
    return await new Promise((resolve) => {
      engine.modem.followProgress(progress, (error) => resolve(error === null ? null : reasonOf(error)));
    });
  } catch (error) {
    if (statusOf(error) === null) throw error;
    return reasonOf(error);
  }
}

/** As the engine decides it: what stands before the first slash is a registry if it looks like a host. */
function namesRegistry(image: string): boolean {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
}
