/**
 * The mixture of a soak: chains in a loop, held together by products and metadata, a decision in each; one in a hundred runs a program
 * that logs, one in fifty fails and blocks what waits for it.
 */
export const WORK_PER_CHAIN = 5;

export function soakJob(number: number, chains: number): object {
  const nothing = { task: 'null', duration: 0 };
  const file = (name: string) => `'${name}_{at_index:05d}.txt'.format(**metadata)`;
  const made = {
    ...{ ...nothing, name: 'made', metadata: { half: "(metadata['at'] / 2)" } },
    outputs: { file: file('made') },
  };
  const used = { ...nothing, inputs: { file: file('made') }, outputs: { file: file('used') } };
  const risky = {
    ...{ task: "('error' if metadata['at_index'] % 50 == 7 else 'null')", name: 'risky' },
    ...{ duration: 0, requires_metadata_from: ['made'] },
  };
  const after = { ...nothing, requires_metadata_from: ['risky'] };
  const program = {
    ...{ task: 'command', shell: true },
    command:
      'for line in 1 2 3 4 5 6 7 8 9 10; do echo "line $line of a log"; done; echo made > {outputs.file}',
    outputs: { file: file('program') },
  };
  const decision = {
    ...{ task: 'execution_conditional', requires_metadata_from: ['made'] },
    criterion: "(metadata['at_index'] % 100 == 0 and requested_metadata['made']['half'] >= 0)",
    ...{ task_list: [program], else_task_list: [nothing] },
  };
  const loop = {
    ...{ task: 'execution_for_loop', parameter: 'at', linear_range: [1, chains, chains] },
    task_list: [made, used, risky, after, decision],
  };
  return { job_name: `soak ${number}`, working_directory: `soak_${number}`, task_list: [loop] };
}
