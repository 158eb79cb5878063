# Files this stack writes.

# write_if_changed FILE [MODE [GROUP]]: standard input becomes the file (0644, root); an equal file keeps its time.
write_if_changed() {
    local file=$1 mode=${2:-644} group=${3:-root}
    (umask 077; cat >"$file.new")
    chgrp "$group" "$file.new"
    chmod "$mode" "$file.new"
    if cmp -s "$file.new" "$file"; then rm "$file.new"; else mv "$file.new" "$file"; fi
}

# stamped FILE "VALUE" COMMAND...: runs it unless the file says that it succeeded with that value.
stamped() {
    local file=$1 value=$2
    shift 2
    if [[ -f $file && $(<"$file") == "$value" ]]; then return 0; fi
    "$@"
    write_if_changed "$file" 600 <<<"$value"
}
