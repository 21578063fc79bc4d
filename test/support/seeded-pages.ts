/** For each resource of the dashboard, addresses of an installation that was seeded: with something on them, and with what is odd. */
import type { Resource } from '../../web/resource.ts';
import { resources } from '../../web/resources/index.ts';
import type { LiveInstallation } from './live.ts';

/** What their scripts stand in, once they do. */
const PARTS =
  'table[data-tree], [data-gantt], [data-curve], [data-graph], [data-heat], [data-log], form[data-submit]';

/** Runs in the page: whether every part that has a script of its own has been taken over by it. */
export const IS_READY = `[...document.querySelectorAll('${PARTS}')].every((part) => 'ready' in part.dataset)`;

/** Path of a resource -> addresses. */
export async function addressesOf(live: LiveInstallation): Promise<Readonly<Record<string, string[]>>> {
  const { landmarks, jobId } = live;
  const { jobs, work, flow, product } = landmarks;
  const ofJobs = (way: string) => [jobs.survey, jobs.hostile, jobId].map((id) => `/jobs/${id}${way}`);
  const flows = (way: string) => [flow.chain, flow.for_loop, flow.do_while].map((id) => `/tasks/${id}${way}`);
  const { postponed, redone, hostileTask, talkative, retried } = landmarks;
  return {
    '/': ['/'],
    '/jobs': ['/jobs', '/jobs?state=running', '/jobs?text=survey'],
    '/jobs/:job': [...ofJobs(''), `/jobs/${jobs.failed}`, `/jobs/${jobs.running}`],
    '/jobs/:job/definition': ofJobs('/definition'),
    '/jobs/:job/results': [
      ...ofJobs('/results'),
      `/jobs/${jobs.survey}/results?task=search&x=planet_radius&y=orbital_period&value=sde`,
    ],
    '/jobs/:job/graph': ofJobs('/graph'),
    '/tasks/:task': [...Object.values(work), postponed, redone, hostileTask].map((id) => `/tasks/${id}`),
    '/tasks/:task/children': [...flows('/children'), `/tasks/${landmarks.widest}/children`],
    '/tasks/:task/log': [talkative, retried, work.queued].map((id) => `/tasks/${id}/log`),
    '/tasks/:task/graph': flows('/graph'),
    '/products': ['/products', '/products?directory=hostile', '/products?directory=survey'],
    '/product': [`/product?address=${encodeURIComponent(product.address)}`],
    '/versions/:version': (await versionsOf(live)).map((id) => `/versions/${id}`),
    '/pass-fail': ['/pass-fail', `/pass-fail?job=${jobs.failed}`],
    '/errors': ['/errors', `/errors?job=${jobs.failed}`, '/errors?exit_class=oom'],
    '/logs': ['/logs', '/logs?level=error'],
    '/activity': ['/activity', '/activity?from=0'],
    '/timings': ['/timings'],
    '/queue': ['/queue'],
    '/workers': ['/workers', '/workers?stopped=true'],
    '/task-types': ['/task-types'],
    '/audit': ['/audit', '/audit?action=cancel'],
  };
}

export function resourceAt(path: string): Resource {
  const found = resources.find((resource) => resource.path === path);
  if (found === undefined) throw new Error(`there is no resource at ${path}`);
  return found;
}

/** One of each kind of file: a table, light curves as text, CSV and FITS, a report, one with a hostile name. */
async function versionsOf({ daemons }: LiveInstallation): Promise<number[]> {
  const names = ['%/search_%.csv', '%.lc.gz', 'refine%/star_%.csv', '%.fits', '%/report.txt', '%<img%'];
  const found = names.map((name) =>
    daemons.kysely
      .selectFrom('versions')
      .innerJoin('products', 'products.id', 'versions.product_id')
      .select('versions.id')
      .where('address', 'like', name)
      .orderBy('versions.id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow(),
  );
  return (await Promise.all(found)).map(({ id }) => id);
}
