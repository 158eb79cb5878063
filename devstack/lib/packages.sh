# Debian packages. None of the services they bring is started: the stack runs its own copies with its own data.

# What it takes to make the Python environments; the rest is installed while these are being made.
BUILD_PACKAGES=(python3-venv python3-dev gcc libc6-dev pkg-config libvirt-dev ca-certificates)

STACK_PACKAGES=(rabbitmq-server iproute2 iputils-ping iputils-arping procps openssh-client curl)
NOVA_PACKAGES=(iptables ebtables ipset conntrack dnsmasq-base dnsmasq-utils qemu-utils genisoimage dosfstools mtools
               e2fsprogs e2tools zstd novnc)
LIBVIRT_PACKAGES=(libvirt-daemon-system libvirt-clients qemu-system-x86 qemu-block-extra)

wanted_packages() {
    printf '%s\n' "${STACK_PACKAGES[@]}" "${NOVA_PACKAGES[@]}"
    if [[ $VIRT_DRIVER == libvirt ]]; then printf '%s\n' "${LIBVIRT_PACKAGES[@]}"; image_packages; fi
    if [[ $DATABASE == postgresql ]]; then printf '%s\n' postgresql; fi
    if [[ $DATABASE == mysql ]]; then printf '%s\n' mariadb-server; fi
}

# Prints those of its arguments that are not installed.
missing_packages() {
    local package
    for package; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || printf '%s\n' "$package"
    done
}

# install_packages NAME...: those that are missing, with one refresh of the package lists when an install needs it.
install_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    echo "installing: ${missing[*]}"
    apt_install "${missing[@]}" && return 0
    apt-get -q update
    apt_install "${missing[@]}"
}

# One stack at a time on this machine: each forbids the starts of services for as long as it installs. An install that
# was killed is brought to its end first.
apt_install() (
    mkdir -p /run/lock
    exec 9>/run/lock/nova-devstack-packages
    flock -w 900 9 || { echo "another stack.sh is still installing packages" >&2; exit 1; }
    forbid_service_starts
    trap allow_service_starts EXIT
    export DEBIAN_FRONTEND=noninteractive
    [[ -z $(dpkg --audit) ]] || dpkg --configure -a || exit 1
    apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" || exit 1
    disable_new_services
)

# Debian's way to say "install, but start nothing". A policy that is already there is respected, unless it is what a
# killed stack.sh left.
forbid_service_starts() {
    POLICY=/usr/sbin/policy-rc.d OWN_POLICY=
    if [[ ! -e $POLICY ]] || grep -q 'made by stack.sh' "$POLICY"; then
        printf '#!/bin/sh\n# made by stack.sh for as long as it installs packages\nexit 101\n' >"$POLICY"
        chmod 755 "$POLICY"
        OWN_POLICY=1
    fi
    if [[ -d /run/systemd/system ]]; then SERVICES_BEFORE=$(enabled_services); fi
}

allow_service_starts() { if [[ -n ${OWN_POLICY:-} ]]; then rm -f "$POLICY"; fi; }

enabled_services() {
    systemctl list-unit-files --no-legend --state=enabled --type=service,socket | awk '{print $1}' | sort
}

# With systemd, packages enable their services for the next boot: take back what this install enabled.
disable_new_services() {
    local added
    [[ -d /run/systemd/system ]] || return 0
    mapfile -t added < <(comm -13 <(printf '%s\n' "$SERVICES_BEFORE") <(enabled_services) |
        grep -E '^(rabbitmq|epmd|mariadb|postgresql|libvirt|virt|qemu|dnsmasq|tftpd)' || true)
    if ((${#added[@]})); then systemctl -q disable --now "${added[@]}"; fi
}

step_build_packages() { install_packages "${BUILD_PACKAGES[@]}"; }

step_packages() {
    local wanted
    mapfile -t wanted < <(wanted_packages)
    install_packages "${wanted[@]}"
}
