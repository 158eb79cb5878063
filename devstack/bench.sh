#!/bin/bash
# Puts up a cloud with the fake hypervisor, measures it, and takes it down; see --help.
set -euo pipefail
DEVSTACK=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CHECKOUT=$(cd "$DEVSTACK/.." && pwd)

usage() {
    cat <<'HELP'
usage: bench.sh [--quick] [--format table|json] [--keep]

Measures what is promised of nova: boots and deletes a second, messages, SQL statements and CPU seconds for each,
reads, and how soon each daemon starts and ends and what it weighs. Ten minutes; --quick takes three, from fewer
servers: a look, not a measurement. Nothing else should run on the machine meanwhile.

  --format json   prints everything that was measured, not only the table; it is always in DATA/bench.json
  --keep          leaves the cloud running; without it only DATA is left, with the logs

Options of stack.sh, from the environment: DATA (/opt/nova-bench), VENVS, NETNS (nova-bench), SUBNET_INDEX (60),
AUTH (keystone; noauth2 leaves out what checking users takes), DATABASE, CONDUCTORS, API_WORKERS.
NETWORKED=0 boots servers without an interface.
HELP
}

FORMAT=table KEEP=0
QUICK=()
while (($#)); do
    case $1 in
        --quick) QUICK=(--quick) ;;
        --format) FORMAT=${2:-}; shift ;;
        --keep) KEEP=1 ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    (($# == 0)) || shift
done
[[ $FORMAT == table || $FORMAT == json ]] || { usage >&2; exit 2; }
[[ $EUID == 0 ]] || { echo "bench.sh: must be run as root" >&2; exit 1; }

export DATA=${DATA:-/opt/nova-bench} NETNS=${NETNS:-nova-bench} SUBNET_INDEX=${SUBNET_INDEX:-60}
export VIRT_DRIVER=fake DEMO=0
VENVS=${VENVS:-$DATA}
export VENVS

take_down() {
    if ((KEEP)); then
        echo "the cloud is left running: DATA=$DATA $DEVSTACK/unstack.sh takes it down" >&2
    else
        "$DEVSTACK/unstack.sh" >&2 || echo "unstack.sh failed: what is left is in $DATA" >&2
    fi
}
trap take_down EXIT
"$DEVSTACK/stack.sh" >&2

# manage COMMAND...: nova-manage within the cloud.
manage() { "$DATA/bin/nova-manage" "$@"; }

# The project that measures may have as many servers as it likes.
lift_quota() {
    local project resource
    project=$1
    for resource in instances cores ram fixed_ips; do
        manage project quota --project "$project" --key "$resource" --value -1 >/dev/null
    done
}

# Prints the uuid of a network with room for all the servers, made when it is not there.
bench_network() {
    if [[ ${NETWORKED:-1} == 0 ]]; then echo none; return 0; fi
    [[ $(manage network list) == *10.255.240.0/20* ]] ||
        manage network create --label bench --fixed_range_v4 10.255.240.0/20 --num_networks 1 --network_size 4096 \
            --bridge br-bench >/dev/null
    manage network list | grep -F 10.255.240.0/20 | grep -oE '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' | head -n 1
}

measure() {
    "$DATA/bin/in-cloud" env PYTHONPATH="$CHECKOUT" PYTHONDONTWRITEBYTECODE=1 "$VENVS/venv-nova/bin/python" \
        -m "tests.bench.$1" --data "$DATA" "${@:2}"
}

lift_quota "$(measure project)"
network=$(bench_network)
[[ -n $network ]] || { echo "bench.sh: the network for the servers was not made" >&2; exit 1; }
measure run --network "$network" --format "$FORMAT" --json "$DATA/bench.json" "${QUICK[@]}"
