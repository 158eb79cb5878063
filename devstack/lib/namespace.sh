# The network namespace the cloud lives in, and the link through which the host reaches it.
# In the namespace "uplink" carries CLOUD_IP; nothing in it has a way out to other networks.

# in_cloud COMMAND...: runs it where the cloud's addresses are.
in_cloud() {
    if [[ $HOST_NETWORK == 1 ]]; then "$@"; else ip netns exec "$NETNS" "$@"; fi
}

namespace_exists() { [[ -e /run/netns/$NETNS ]]; }

step_namespace() {
    if [[ $HOST_NETWORK == 1 ]]; then
        [[ -f $STATE/ip_forward.before ]] || cat /proc/sys/net/ipv4/ip_forward >"$STATE/ip_forward.before"
        sysctl -q -w net.ipv4.ip_forward=1
        return 0
    fi
    if ! ip -n "$NETNS" link show uplink >/dev/null 2>&1; then
        refuse_foreign_addresses
        namespace_exists || ip netns add "$NETNS"
        ip link add "$LINK_HOST_DEV" type veth peer name uplink netns "$NETNS"
        ip -n "$NETNS" link set uplink alias "$DATA"
    fi
    refuse_foreign_namespace
    ip -n "$NETNS" link set lo up
    ip addr replace "$LINK_HOST_IP/30" dev "$LINK_HOST_DEV"
    ip -n "$NETNS" addr replace "$LINK_CLOUD_IP/30" dev uplink
    ip link set "$LINK_HOST_DEV" up
    ip -n "$NETNS" link set uplink up
    ip route replace "$FIXED_RANGE" via "$LINK_CLOUD_IP" dev "$LINK_HOST_DEV"
    ip route replace "$FLOATING_RANGE" via "$LINK_CLOUD_IP" dev "$LINK_HOST_DEV"
    in_cloud sysctl -q -w net.ipv4.ip_forward=1
}

# The link in the namespace is marked with the data folder that it belongs to.
namespace_is_ours() { ip -n "$NETNS" link show uplink 2>/dev/null | grep -xF "    alias $DATA" >/dev/null; }

refuse_foreign_namespace() {
    namespace_is_ours && return 0
    echo "namespace $NETNS belongs to another stack: choose another NETNS" >&2
    return 1
}

# The ranges must be nobody else's on this machine: a route to them would be taken over.
refuse_foreign_addresses() {
    local range taken
    if ip link show "$LINK_HOST_DEV" >/dev/null 2>&1; then
        echo "$LINK_HOST_DEV belongs to another stack: choose another SUBNET_INDEX" >&2
        return 1
    fi
    for range in "$LINK_HOST_IP/30" "$FIXED_RANGE" "$FLOATING_RANGE"; do
        taken=$(ip -4 route show root "${range%.*}.0/24")
        if [[ -n $taken ]] && [[ $taken != *"dev nova-link"* ]]; then
            echo "$range is in use here ($taken): choose another NETWORK_PREFIX or SUBNET_INDEX" >&2
            return 1
        fi
    done
}

namespace_remove() {
    local pid
    [[ $HOST_NETWORK == 0 ]] && namespace_exists || return 0
    refuse_foreign_namespace || return 0
    for pid in $(ip netns pids "$NETNS"); do kill -TERM "$pid" 2>/dev/null || true; done
    wait_until 5 "the namespace's processes to end" namespace_is_empty ||
        for pid in $(ip netns pids "$NETNS"); do kill -KILL "$pid" 2>/dev/null || true; done
    ip link del "$LINK_HOST_DEV" 2>/dev/null || true
    ip netns del "$NETNS"
}

namespace_is_empty() { [[ -z $(ip netns pids "$NETNS") ]]; }
