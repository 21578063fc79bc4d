/** Many short chains, the links of each held together by metadata or by a product: what scheduling costs per task. */
import { EVERYWHERE, MYSQL_SQL, nameOf } from '../combination.ts';
import type { Scenario, Target } from '../scenario.ts';

export const LENGTH = 5;

export const chainsMetadata = chains('chains-metadata', linkByMetadata, { atLeast: 2_000 });
export const chainsProducts = chains('chains-products', linkByProduct, { atLeast: 1_000 });

/** @param target on MySQL with the sql queue; the others are shown beside it */
function chains(name: string, link: (at: number) => object, target: Target): Scenario {
  return {
    name,
    combinations: EVERYWHERE,
    async run(bench, isSmoke) {
      const count = isSmoke ? 20 : 1_000;
      const tasks = count * LENGTH;
      const { tasksPerSecond } = await bench.run(manyChains(name, count, link), {
        tasks,
        withinMs: isSmoke ? 20_000 : 300_000,
      });
      const isJudged = nameOf(bench.combination) === nameOf(MYSQL_SQL);
      return [
        {
          name: `${count} chains x ${LENGTH}`,
          value: tasksPerSecond,
          unit: 'tasks/s',
          ...(isJudged && { target }),
        },
      ];
    },
  };
}

export function manyChains(name: string, count: number, link: (at: number) => object): object {
  const body = Array.from({ length: LENGTH }, (_, at) => ({ task: 'null', duration: 0, ...link(at) }));
  const loop = {
    task: 'execution_for_loop',
    parameter: 'chain',
    linear_range: [1, count, count],
    task_list: body,
  };
  return { job_name: name, working_directory: name, task_list: [loop] };
}

export function linkByMetadata(at: number): object {
  return { name: `link_${at}`, ...(at > 0 && { requires_metadata_from: [`link_${at - 1}`] }) };
}

function linkByProduct(at: number): object {
  return { outputs: { file: fileOf(at) }, ...(at > 0 && { inputs: { file: fileOf(at - 1) } }) };
}

const fileOf = (at: number) => `'chain_{chain_index:04d}_link_${at}.txt'.format(**metadata)`;
