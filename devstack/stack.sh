#!/bin/bash
# Puts up a whole cloud on this machine; see --help. Safe to run again: what is right stays, what is missing comes.
set -euo pipefail
DEVSTACK=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=devstack/lib/cloud.sh
source "$DEVSTACK/lib/cloud.sh"

usage() {
    cat <<'HELP'
usage: stack.sh [--install-only | --services-only]

Puts up a cloud: RabbitMQ, a database, Keystone, Glance, libvirtd and every nova daemon, in a network namespace of
its own, and boots a server in it. Run it again to repair what is missing or stopped.

  --install-only    only install packages, make the Python environments and the test image
  --services-only   only RabbitMQ, the database, Keystone and Glance, without nova
  --help            this text

HELP
    settings_help
}

MODE=all
while (($#)); do
    case $1 in
        --install-only) MODE=install ;;
        --services-only) MODE=services ;;
        -h | --help) usage; exit 0 ;;
        *) echo "stack.sh: there is no option $1" >&2; usage >&2; exit 2 ;;
    esac
    shift
done

need_root
cloud_load
cloud_lock
check_python

install_steps() {
    step build_packages "Debian packages for building" ""
    step packages "Debian packages" "build_packages"
    step venv_openstack "Python: Keystone, Glance" "build_packages"
    step venv_clients "Python: command line clients" "build_packages"
    [[ $MODE == services ]] || step venv_nova "Python: nova" "build_packages"
    [[ $MODE == services || $VIRT_DRIVER == fake ]] || step image "Test image" "packages"
}

service_steps() {
    step namespace "Network namespace" "packages"
    step supervisor "Supervisor" "namespace venv_openstack"
    step rabbitmq "RabbitMQ" "supervisor"
    step database "Database ($DATABASE)" "supervisor"
    if [[ $AUTH == keystone ]]; then
        step keystone "Keystone" "database"
        step accounts "Projects, users and endpoints" "keystone venv_clients"
    fi
    step glance "Glance" "database"
}

nova_steps() {
    if [[ $VIRT_DRIVER == libvirt ]]; then
        step hypervisor "Hypervisor type" "image"
        step libvirt "libvirt" "supervisor hypervisor"
        step libvirt_probe "Abilities of QEMU" "libvirt"
    fi
    step nova_database "nova's tables" "database venv_nova"
    step conductor "nova-conductor" "nova_database rabbitmq hypervisor"
    step nova "nova's other daemons" "conductor libvirt"
    step services "Signs of life of all daemons" "nova accounts"
    step networks "Network and floating pool" "nova"
    step images "Images" "glance accounts image"
    step flavors "Flavors" "services"
    step project "Key and rules of project demo" "services"
    [[ $DEMO == 0 ]] || step demo "Server demo-1" "networks images flavors project libvirt_probe"
}

install_steps
case $MODE in
    services) service_steps ;;
    all) service_steps; nova_steps ;;
esac

settings_save
nova_code_note
write_openrc
write_commands
# Not in a condition: that would switch "set -e" off in all steps.
steps_run
summary
