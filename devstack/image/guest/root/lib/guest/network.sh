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
        ifup "$1" || how="static, failed"
    else
        how=dhcp
        # Stays in the background to renew its lease; gives up when there is no answer for 8 s.
        udhcpc -i "$1" -t 8 -T 1 -n -p "/run/udhcpc.$1.pid" -s /usr/share/udhcpc/default.script >/dev/null 2>&1 ||
            how="dhcp, no answer"
    fi
    say "$1 $how $(addresses_of "$1")"
}

addresses_of() {
    ip -o addr show dev "$1" scope global | awk '{printf "%s ", $4}'
}

start_network() {
    take_network_config
    for card in /sys/class/net/*/device; do
        [ -e "$card" ] || continue
        card=${card%/device}
        bring_up "${card##*/}" &
        pids="$pids $!"
    done
    # shellcheck disable=SC2086
    [ -z "$pids" ] || wait $pids
}
