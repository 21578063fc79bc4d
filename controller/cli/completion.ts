/** `easel completion`: a completion script for the shell, made from the commands and options that the program has. */
import { Argument, type Command, type Option } from 'commander';
import type { CommandContext } from '../../core/cli/context.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export function registerCompletion(program: Command, context: CommandContext): void {
  program
    .command('completion')
    .description('Print a script that completes commands, options and file names in your shell.')
    .addArgument(new Argument('[shell]', 'which shell').choices(SHELLS).default('bash'))
    .addHelpText(
      'after',
      '\nExample:\n  source <(easel completion bash)\n  easel completion fish > ~/.config/fish/completions/easel.fish',
    )
    .action((shell: Shell) => {
      context.print(SCRIPTS[shell](program.name(), commandsOf(program)));
    });
}

interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
}

interface CompletedOption {
  readonly name: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

function commandsOf(program: Command): CompletedCommand[] {
  const global = program.options.filter(({ long }) => long !== '--version').map(completed);
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: [
      ...command.options.map(completed),
      ...global,
      { name: '--help', description: 'usage and an example', takesValue: false, choices: [] },
    ],
  }));
}

function completed({ long, description, required, optional, argChoices }: Option): CompletedOption {
  return { name: long ?? '', description, takesValue: required || optional, choices: argChoices ?? [] };
}

type Script = (program: string, commands: readonly CompletedCommand[]) => string;

const SCRIPTS: Record<Shell, Script> = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** File names where nothing of Easel's own fits: values of options, and arguments. */
function bashScript(program: string, commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const cases = commands.map(
    ({ name, options }) => `    ${name}) options="${options.map((each) => each.name).join(' ')}" ;;`,
  );
  const choices = choicesOf(commands).map(
    ([key, values]) => `    "${key}") COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$word")); return ;;`,
  );
  return [
    `_${program}() {`,
    '  local word="$2" before="$3" command="" options="" each',
    `  for each in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do`,
    `    case " ${names} " in *" $each "*) command="$each"; break ;; esac`,
    '  done',
    '  COMPREPLY=()',
    '  if [[ -z "$command" && "$word" != -* ]]; then',
    `    COMPREPLY=($(compgen -W "${names}" -- "$word")); return`,
    '  fi',
    '  case "$command $before" in',
    ...choices,
    '    *) ;;',
    '  esac',
    '  case "$command" in',
    ...cases,
    '    *) ;;',
    '  esac',
    '  if [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$word")); fi',
    '}',
    `complete -o default -F _${program} ${program}`,
  ].join('\n');
}

function choicesOf(commands: readonly CompletedCommand[]): [string, readonly string[]][] {
  return commands.flatMap(({ name, options }) =>
    options
      .filter(({ choices }) => choices.length > 0)
      .map((each): [string, readonly string[]] => [`${name} ${each.name}`, each.choices]),
  );
}

function zshScript(program: string, commands: readonly CompletedCommand[]): string {
  const entry = (name: string, description: string) => quote(`${name.replaceAll(':', '\\:')}:${description}`);
  const cases = commands.map(
    ({ name, options }) => `    ${name}) _arguments '*:file:_files' ${options.map(zshOption).join(' ')} ;;`,
  );
  return [
    `#compdef ${program}`,
    `_${program}() {`,
    '  local -a commands',
    `  commands=(${commands.map(({ name, description }) => entry(name, description)).join(' ')})`,
    '  if (( CURRENT == 2 )); then _describe command commands; return; fi',
    '  local command="$words[2]"',
    '  shift words; (( CURRENT-- ))',
    '  case "$command" in',
    ...cases,
    '    *) _files ;;',
    '  esac',
    '}',
    `if [[ "\${funcstack[1]}" == "_${program}" ]]; then _${program} "$@"; else compdef _${program} ${program}; fi`,
  ].join('\n');
}

function zshOption({ name, description, takesValue, choices }: CompletedOption): string {
  const text = description.replaceAll(/[[\]]/g, '\\$&');
  const value = choices.length > 0 ? `:value:(${choices.join(' ')})` : ':value:_files';
  return quote(`${name}[${text}]${takesValue ? value : ''}`);
}

function fishScript(program: string, commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, description, options }) => [
    `complete -c ${program} -n __fish_use_subcommand -f -a ${name} -d ${quote(description)}`,
    ...options.map((each) => {
      const value =
        each.choices.length > 0 ? ` -x -a ${quote(each.choices.join(' '))}` : each.takesValue ? ' -r' : '';
      return `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -l ${each.name.slice(2)} -d ${quote(each.description)}${value}`;
    }),
  ]);
  return lines.join('\n');
}

/** For the shell: nothing in it is expanded. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
