# What every script here needs: the settings of this stack and all parts of it.

CHECKOUT=$(cd "$DEVSTACK/.." && pwd)

# shellcheck source=devstack/lib/steps.sh
source "$DEVSTACK/lib/steps.sh"
# shellcheck source=devstack/lib/settings.sh
source "$DEVSTACK/lib/settings.sh"

# Reads the settings, loads all parts and makes the data folder.
cloud_load() {
    settings_load
    parts_load
    data_folder_make
    secrets_load
}

# Functions and places; nothing is done yet.
parts_load() {
    local part
    for part in files packages venvs namespace supervisor ready rabbitmq database mariadb postgresql uwsgi keystone glance \
        libvirt image hypervisor nova demo summary; do
        # shellcheck source=/dev/null
        source "$DEVSTACK/lib/$part.sh"
    done
}

# The marker tells that the folder is the stack's own: only such a folder is ever deleted.
data_folder_make() {
    if [[ -d $DATA && ! -e $MARKER ]] && [[ -n $(ls -A "$DATA") ]]; then
        die "$DATA is not empty and was not made by stack.sh: choose another DATA"
    fi
    mkdir -p "$DATA" "$ETC" "$LOGS" "$RUN" "$STATE"
    # The daemons that are not root pass through ETC; what is secret in it is closed file by file.
    chmod 755 "$DATA" "$STATE"
    chmod 711 "$ETC"
    chmod 700 "$RUN"
    echo "made by stack.sh; unstack.sh --purge deletes this folder" >"$MARKER"
}

# One stack.sh or unstack.sh at a time for each data folder; what a killed one left running counts too.
cloud_lock() {
    exec 8>"$DATA/.lock"
    flock -n 8 && return 0
    say "another stack.sh or unstack.sh is at work on $DATA: waiting for its end, 10 minutes at most"
    flock -w 600 8 || die "another stack.sh or unstack.sh is still at work on $DATA; its steps log to $LOGS/stack"
}

need_root() { [[ $EUID == 0 ]] || die "must be run as root"; }
