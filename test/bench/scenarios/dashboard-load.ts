/**
 * What the dashboard costs the engine: chains as in chains.ts, without anybody who looks and under a hundred browsers that
 * listen while ten pages a second are loaded, in turn on one installation.
 */
import { Audience, keepLoading } from '../browsers.ts';
import { MYSQL_SQL } from '../combination.ts';
import type { BenchInstallation } from '../installation.ts';
import { quantile } from '../quantile.ts';
import type { Scenario } from '../scenario.ts';
import { LENGTH, linkByMetadata, manyChains } from './chains.ts';

const BROWSERS = 100;
const PAGES_PER_SECOND = 10;
const LISTENED = ['/', '/jobs', '/queue', '/workers'];
const LOADED = ['/', '/jobs', '/queue', '/workers', '/timings', '/errors', '/products', '/task-types'];
const KEPT = 0.9;

export const dashboardLoad: Scenario = {
  name: 'dashboard-load',
  combinations: [MYSQL_SQL],
  async run(bench, isSmoke) {
    const [pairs, chains] = isSmoke ? [1, 20] : [4, 1_000];
    const web = await bench.startWeb();
    const [alone, watched]: [number[], number[]] = [[], []];
    for (let pair = 0; pair < pairs; pair++) {
      alone.push(await measure(bench, chains));
      watched.push(await watch(web, () => measure(bench, chains)));
    }
    const [without, under] = [quantile(alone, 0.5), quantile(watched, 0.5)];
    const target = { atLeast: KEPT };
    return [
      { name: `chains, nobody looks (${spread(alone)})`, value: without, unit: 'tasks/s' },
      { name: `chains, ${BROWSERS} browsers look (${spread(watched)})`, value: under, unit: 'tasks/s' },
      {
        name: 'what is left under the dashboard',
        value: under / without,
        unit: 'x',
        ...(!isSmoke && { target }),
      },
    ];
  },
};

async function measure(bench: BenchInstallation, chains: number): Promise<number> {
  const job = manyChains('dashboard-load', chains, linkByMetadata);
  const { tasksPerSecond } = await bench.run(job, { tasks: chains * LENGTH, withinMs: 300_000 });
  return tasksPerSecond;
}

/** Throws unless every stream was there all the time and every page was answered: else nothing was borne. */
async function watch(url: string, work: () => Promise<number>): Promise<number> {
  const audience = await Audience.gather(url, LISTENED, BROWSERS);
  const stop = keepLoading(
    LOADED.map((page) => `${url}${page}`),
    PAGES_PER_SECOND,
  );
  const [worked] = await Promise.allSettled([work()]);
  audience.leave();
  const loaded = await stop();
  if (worked.status === 'rejected') throw worked.reason;
  if (loaded === 0 || audience.lost > 0 || audience.events === 0)
    throw new Error(`${loaded} pages, ${audience.events} news, ${audience.lost} streams that ended`);
  return worked.value;
}

/** How far single runs lie apart says how much the proportion is worth. */
const spread = (rates: readonly number[]) =>
  `${rates.length} runs: ${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}`;
