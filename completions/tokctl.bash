# bash completion for tokctl. The program itself knows what may come next: `tokctl __complete -- WORDS...` prints
# a line `value<TAB>description` for each way the last word may go on, or `:file` when that is a file's name.

# Sets `unquoted` to $1 as the shell would read it, and `quote` to the quotation mark still open at its end.
_tokctl_unquote() {
  local text=$1 i c
  unquoted='' quote=''
  for ((i = 0; i < ${#text}; i++)); do
    c=${text:i:1}
    case $quote$c in
      \\ | \"\\) ((++i)) && unquoted+=${text:i:1} ;;
      \' | \") quote=$c ;;
      "''" | '""') quote='' ;;
      *) unquoted+=$c ;;
    esac
  done
}

_tokctl() {
  local unquoted quote rest=${COMP_LINE:0:COMP_POINT} words=() word gap i
  # bash has split the line at = : and @ too; put together what belongs together.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    gap=${rest%%[![:space:]]*}
    rest=${rest#"$gap"}
    word=${COMP_WORDS[i]}
    ((i < COMP_CWORD)) || word=$rest
    rest=${rest#"$word"}
    if [[ -n $gap || i -eq 0 ]]; then words+=("$word"); else words[-1]+=$word; fi
  done
  # readline replaces only what follows the last of those characters, or the @ and what follows it.
  local current=${words[-1]} kept='' c
  for c in = : @; do
    if [[ $COMP_WORDBREAKS == *"$c"* && ${current%"$c"*} != "$current" ]]; then
      word=${current%"$c"*}
      [[ $c == @ ]] || word+=$c
      ((${#word} <= ${#kept})) || kept=$word
    fi
  done
  _tokctl_unquote "$kept"
  kept=$unquoted
  for i in "${!words[@]}"; do
    _tokctl_unquote "${words[i]}"
    words[i]=$unquoted
  done
  # Inside quotation marks it replaces what follows the first of them.
  [[ -z $quote ]] || kept=${kept%%*}

  local line program=${words[0]/#\~/$HOME}
  COMPREPLY=()
  while IFS= read -r line; do
    line=${line%%$'\t'*}
    if [[ $line == :file ]]; then
      compopt -o default
      return
    fi
    line=${line#"$kept"}
    case $quote in
      \') line=${line//\'/\'\\\'\'} ;;
      \") line=${line//[\\\"\$\`]/\\&} ;;
      *) printf -v line %q "$line" ;;
    esac
    COMPREPLY+=("$line")
  done < <("$program" __complete -- "${words[@]:1}" 2>/dev/null)
}

complete -F _tokctl tokctl
