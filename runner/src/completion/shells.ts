import type { Candidate } from './candidates.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The first word with which a shell asks for candidates: `headrace __complete bash run --st`. */
export const COMPLETE = '__complete';

/** What a shell reads at its start. Where there is no candidate, files are completed. */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# headrace: source <(headrace completion bash)
_headrace() {
  local IFS=$'\\n'
  COMPREPLY=($(headrace ${COMPLETE} bash "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _headrace headrace
`,
  zsh: `#compdef headrace
# headrace: source <(headrace completion zsh), after compinit
_headrace() {
  local -a found
  found=("\${(@f)$(headrace ${COMPLETE} zsh "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then _describe headrace found; else _files; fi
}
compdef _headrace headrace
`,
  fish: `# headrace: headrace completion fish | source
complete -c headrace -f -a '(headrace ${COMPLETE} fish (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
complete -c headrace -s f -l file -r -F
`,
};

/** Candidates as a shell reads them, one a line. */
export function candidateLines(shell: Shell, candidates: readonly Candidate[]): string {
  return candidates.map((one) => `${lineFor(shell, one)}\n`).join('');
}

function lineFor(shell: Shell, { text, description }: Candidate): string {
  if (shell === 'bash' || description === '') return text;
  // zsh takes what stands behind the first colon for the description.
  return shell === 'zsh' ? `${text.replaceAll(':', '\\:')}:${description}` : `${text}\t${description}`;
}
