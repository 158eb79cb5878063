#!/bin/bash
# Stops the cloud that stack.sh put up and removes what it made; see --help.
set -euo pipefail
DEVSTACK=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=devstack/lib/cloud.sh
source "$DEVSTACK/lib/cloud.sh"

usage() {
    cat <<'HELP'
usage: unstack.sh [--purge]

Deletes the servers, stops every daemon, and removes the namespace, the link to it and its routes. Logs, databases,
images and Python environments stay in DATA for the next stack.sh; --purge deletes DATA too. Debian packages stay.
DATA must be that of stack.sh where it is not the default; all else is remembered.
HELP
}

PURGE=0
while (($#)); do
    case $1 in
        --purge) PURGE=1 ;;
        -h | --help) usage; exit 0 ;;
        *) echo "unstack.sh: there is no option $1" >&2; usage >&2; exit 2 ;;
    esac
    shift
done

need_root
settings_recall
settings_load
parts_load
# A data folder that somebody removed by hand may have left daemons and a namespace behind.
if [[ ! -e $MARKER ]] && ! namespace_is_ours && no_orphans; then
    say "nothing to do: there is no stack in $DATA"
    exit 0
fi
cloud_load
cloud_lock

say "deleting the servers"
servers_delete || say "not all servers could be deleted through the API; their guests are stopped now"
if [[ -d $LIBVIRT_HOME ]]; then libvirt_kill_guests; fi
say "stopping the daemons"
supervisor_stop
nova_network_remove
say "removing the network"
namespace_remove
if ((PURGE)); then
    say "deleting $DATA"
    rm -rf --one-file-system "$DATA"
fi
say "done"
