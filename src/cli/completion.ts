import type { Command } from 'commander';

/** A shell that completions can be made for. */
export type Shell = 'bash' | 'zsh' | 'fish';

interface Word {
  readonly text: string;
  readonly description: string;
}

interface Completed extends Word {
  /** Its options and choices. */
  readonly words: readonly Word[];
}

/** The script that makes a shell complete the program's commands, options and choices; else files. */
export function toCompletion(program: Command, shell: Shell): string {
  const commands = program.commands.map(toCompleted);
  const scripts: Readonly<Record<Shell, (commands: readonly Completed[]) => string>> = {
    bash: toBash,
    zsh: toZsh,
    fish: toFish,
  };
  return scripts[shell](commands);
}

function toCompleted(command: Command): Completed {
  const options = command.options.flatMap(({ long, description }) =>
    typeof long === 'string' ? [{ text: long, description }] : [],
  );
  const choices = [...command.registeredArguments, ...command.options].flatMap(({ argChoices = [] }) =>
    argChoices.map((text) => ({ text, description: '' })),
  );
  return {
    text: command.name(),
    description: command.description(),
    words: [...options, { text: '--help', description: 'show help' }, ...choices],
  };
}

function toBash(commands: readonly Completed[]): string {
  const cases = commands.map(
    ({ text, words }) => `    ${text}) words='${words.map((word) => word.text).join(' ')}' ;;`,
  );
  return `# bash completion for sagachart
_sagachart() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command='' word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) command="$word"; break ;; esac
  done
  case "$command" in
    '') words='${commands.map(({ text }) => text).join(' ')} --help --version' ;;
${cases.join('\n')}
    *) words='' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _sagachart sagachart`;
}

function toZsh(commands: readonly Completed[]): string {
  const cases = commands.map(
    ({ text, words }) => `    ${text}) offered=(${words.map(toZshWord).join(' ')}) ;;`,
  );
  return `#compdef sagachart
_sagachart() {
  local -a commands offered
  commands=(${commands.map(toZshWord).join(' ')})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "\${words[2]}" in
${cases.join('\n')}
  esac
  _describe option offered || _files
}
compdef _sagachart sagachart`;
}

function toZshWord({ text, description }: Word): string {
  return quote(description === '' ? text : `${text}:${description.replaceAll(':', ',')}`);
}

function toFish(commands: readonly Completed[]): string {
  const heads = commands.map(
    ({ text, description }) =>
      `complete -c sagachart -n __fish_use_subcommand -f -a ${text} -d ${quote(description)}`,
  );
  const words = commands.flatMap((command) =>
    command.words.map(
      (word) => `complete -c sagachart -n '__fish_seen_subcommand_from ${command.text}' ${toFishWord(word)}`,
    ),
  );
  return ['# fish completion for sagachart', ...heads, ...words].join('\n');
}

function toFishWord({ text, description }: Word): string {
  if (!text.startsWith('--')) return `-a ${text}`;
  return `-l ${text.slice(2)}${description === '' ? '' : ` -d ${quote(description)}`}`;
}

/** For a shell; none of the texts is anybody else's. */
function quote(text: string): string {
  return `'${text.replaceAll("'", '’')}'`;
}
