# bash completion for tokctl. The program itself knows what may come next:
# `tokctl __complete -- WORDS...` prints a line `value<TAB>description` for each way the last word may go on,
# or `:file` when that is a file's name.

_tokctl() {
  local rest=${COMP_LINE:0:COMP_POINT} words=() word gap i
  # bash has split the line at = : and @ too; put together what belongs together.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    gap=${rest%%[![:space:]]*}
    rest=${rest#"$gap"}
    word=${COMP_WORDS[i]}
    ((i < COMP_CWORD)) || word=$rest
    rest=${rest#"$word"}
    if [[ -n $gap || i -eq 0 ]]; then words+=("$word"); else words[-1]+=$word; fi
  done
  local current=${words[-1]}
  # readline replaces only what follows the last of those characters.
  local kept=${current%"${current##*[=:@]}"}
  [[ $kept != *@ || $COMP_WORDBREAKS != *@* ]] || kept=${kept%@}

  local line program=${words[0]/#\~/$HOME}
  COMPREPLY=()
  while IFS= read -r line; do
    line=${line%%$'\t'*}
    if [[ $line == :file ]]; then
      compopt -o default
      return
    fi
    COMPREPLY+=("${line#"$kept"}")
  done < <("$program" __complete -- "${words[@]:1}" 2>/dev/null)
}

complete -F _tokctl tokctl
