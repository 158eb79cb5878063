#!/bin/bash
# Installs what the tests need beyond the cloud itself: their Python environment, and Debian packages by tier.
set -euo pipefail
DEVSTACK=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=devstack/lib/cloud.sh
source "$DEVSTACK/lib/cloud.sh"
cloud_load

# Tests of all tiers try nova's own tools on files.
packages=("${BUILD_PACKAGES[@]}" "${NOVA_PACKAGES[@]}")
for tier; do
    case $tier in
        house) packages+=(shellcheck) ;;
        integration) packages+=(mariadb-server postgresql) ;;
        lab) packages+=(busybox-static socat) ;;
        browser) packages+=(chromium fonts-dejavu-core) ;;
    esac
done
mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
install_packages "${packages[@]}"
with_install_lock tests make_venv "$VENVS/venv-tests" "$DEVSTACK/locks/tests.txt" "$CHECKOUT/pyproject.toml" -- \
    -e "${CHECKOUT}[libvirt,test]"
