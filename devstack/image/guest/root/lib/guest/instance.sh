# Making this disk the server that the metadata describes: hostname, keys, files, user data.

STATE=/var/lib/guest

know_instance() {
    # A snapshot carries the state of the server it was taken from: another uuid means a new server.
    uuid=$(meta uuid)
    known=
    [ -f $STATE/uuid ] && read -r known < $STATE/uuid
    if [ -n "$uuid" ] && [ "$uuid" != "$known" ]; then
        rm -f $STATE/user-data-ran $STATE/files-written /etc/dropbear/hostkey
        echo "$uuid" > $STATE/uuid
    fi
}

set_hostname() {
    name=$(meta hostname) || { [ -f /run/dhcp.hostname ] && read -r name < /run/dhcp.hostname; }
    [ -n "$name" ] || { [ -f /etc/hostname ] && read -r name < /etc/hostname; }
    name=${name:-guest}
    name=${name%%.*}
    hostname "$name"
    echo "$name" > /etc/hostname
    printf '127.0.0.1 localhost %s\n' "$name" > /etc/hosts
    say "hostname $name"
}

add_ssh_keys() {
    keys=/root/.ssh/authorized_keys
    [ -f $keys ] || : > $keys
    chmod 600 $keys
    if [ -f $META ]; then
        while IFS=$TAB read -r path value; do
            case $path in public_keys.*) printf '%b\n' "$value" | add_missing_keys ;; esac
        done < $META
    fi
    say "ssh keys: $(grep -c . $keys)"
}

add_missing_keys() {
    while read -r key; do
        [ -n "$key" ] && ! grep -qxF "$key" $keys && echo "$key" >> $keys
    done
}

write_files() {  # the personality of the server: files.N.path and files.N.content_path
    [ -f $STATE/files-written ] && return 0
    number=0
    while target=$(meta files.$number.path) && content=$(meta files.$number.content_path); do
        mkdir -p "${target%/*}/"
        fetch "$content" "$target" && say "file $target" || say "file $target failed"
        number=$((number + 1))
    done
    : > $STATE/files-written
}

run_user_data() {
    [ -s $USER_DATA ] || return 0
    [ "$(head -c 2 $USER_DATA)" = '#!' ] || { say "user data is not a script"; return 0; }
    [ -f $STATE/user-data-ran ] && { say "user data already ran on this server"; return 0; }
    : > $STATE/user-data-ran
    chmod 700 $USER_DATA
    say "user data starts"
    $USER_DATA < /dev/null
    say "user data ended with status $?"
}
