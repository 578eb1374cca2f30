#compdef tokctl
# zsh completion for tokctl. The program itself knows what may come next:
# `tokctl __complete -- WORDS...` prints a line `value<TAB>description` for each way the last word may go on,
# or `:file` when that is a file's name.

_tokctl() {
  local line value
  local -a candidates
  for line in "${(@f)$("${(Q)~words[1]}" __complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
    [[ -n $line ]] || continue
    if [[ $line == :file ]]; then
      compset -P '--*='
      _files
      return
    fi
    value=${line%%$'\t'*}
    value=${value//:/\\:}
    if [[ $line == *$'\t'* ]]; then
      candidates+=("$value:${line#*$'\t'}")
    else
      candidates+=("$value")
    fi
  done
  _describe -t tokctl tokctl candidates
}

if [[ $funcstack[1] == _tokctl ]]; then
  _tokctl "$@"
else
  compdef _tokctl tokctl
fi
