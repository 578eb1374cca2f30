# fish completion for tokctl. The program itself knows what may come next: `tokctl __complete -- WORDS...` prints
# a line `value<TAB>description` for each way the last word may go on, or `:file` when that is a file's name.

function __tokctl_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    # Without the quotes that the shell takes away; the last may still be open.
    set -l current (string unescape -- $typed; or string unescape -- $typed\'; or string unescape -- $typed\")
    set -l program (string replace -r '^~' $HOME -- $words[1])
    set -l found ($program __complete -- $words[2..-1] "$current" 2>/dev/null)
    if test "$found" = :file
        set -l option (string match -r -- '^--[^=]*=' "$current")
        for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current"))
            echo "$option$path"
        end
    else
        printf '%s\n' $found
    end
end

complete -c tokctl -f -a '(__tokctl_complete)'
