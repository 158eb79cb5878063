# Addresses: what /etc/network/interfaces says for a card, else DHCP; all cards at once.

INTERFACES=/etc/network/interfaces

take_network_config() {
    # The config drive may carry a ready-made interfaces file; meta_data.json names its place.
    [ -f $CONFIG/openstack/latest/meta_data.json ] || return 0
    awk -f /lib/guest/json.awk $CONFIG/openstack/latest/meta_data.json > "$META"
    content=$(meta network_config.content_path) || return 0
    if [ -n "$content" ] && [ -f "$CONFIG/openstack$content" ]; then
        cp "$CONFIG/openstack$content" $INTERFACES
        say "network_config taken from the config drive"
    fi
}

is_static() {
    grep -q "^ *iface $1 inet static" $INTERFACES 2>/dev/null
}

bring_up() {
    ip link set "$1" up
    if is_static "$1"; then
        how=static
        ifup "$1"
    else
        how=dhcp
        # Returns with a lease, or after 8 s without; either way it stays, to renew or to ask again every 5 s.
        udhcpc -i "$1" -t 8 -T 1 -A 5 -b -p "/run/udhcpc.$1.pid" -s /usr/share/udhcpc/default.script >/dev/null 2>&1
    fi
    found=$(addresses_of "$1")
    say "$1 $how ${found:-without an address}"
}

addresses_of() {
    ip -o addr show dev "$1" scope global | awk '{printf "%s%s", space, $4; space = " "}'
}

find_cards() {
    # The ramdisk has brought up virtio cards; drivers of others are looked for by what the bus says of them.
    for device in /sys/bus/pci/devices/*; do
        [ -e "$device/driver" ] && continue
        read -r class < "$device/class"
        case $class in 0x0200*) modprobe "$(cat "$device/modalias")" 2>/dev/null ;; esac
    done
}

start_network() {
    take_network_config
    find_cards
    for card in /sys/class/net/*/device; do
        [ -e "$card" ] || continue
        card=${card%/device}
        bring_up "${card##*/}" &
        pids="$pids $!"
    done
    # shellcheck disable=SC2086
    [ -z "$pids" ] || wait $pids
}
