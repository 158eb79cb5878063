# nova's own configuration, tables, daemons and networks.

NOVA_ETC=$ETC/nova
NOVA_CONF=$NOVA_ETC/nova.conf
# Only conductors, and nova-manage when it works on the tables, are told where the database is.
CONDUCTOR_CONF=$NOVA_ETC/nova-conductor.conf

nova_manage() {
    in_cloud "$VENV_NOVA/bin/nova-manage" --config-file "$NOVA_CONF" --config-file "$CONDUCTOR_CONF" "$@"
}

step_nova_database() {
    nova_configure
    nova_manage db sync
}

# Before all others: what they send to a conductor that is not there yet is lost, and sent again seconds later.
step_conductor() {
    local daemon conductors
    nova_configure
    nova_describe_daemons
    mapfile -t conductors < <(nova_numbered nova-conductor "$CONDUCTORS")
    services_up "${conductors[@]}"
    for daemon in "${conductors[@]}"; do wait_for_service 60 "$daemon" nova_is_ready "$daemon"; done
}

# A daemon says in its log when it takes messages; the process id tells whether the line is of this start.
nova_is_ready() { grep -F " $(supervisor_ctl pid "$1") INFO nova.base.daemon [-] ${1%-[0-9]*} is ready" "$LOGS/$1.log"; }

step_nova() {
    local daemons
    nova_configure
    nova_describe_daemons
    mapfile -t daemons < <(nova_daemons)
    refuse_taken_port nova-api "$CLOUD_IP" 8774
    refuse_taken_port nova-api-metadata "$CLOUD_IP" 8775
    refuse_taken_port nova-novncproxy "$CLOUD_IP" 6080
    services_up "${daemons[@]}"
    wait_for_service 60 nova-api http_answers "http://$CLOUD_IP:8774/"
    wait_for_service 60 nova-api-metadata http_answers "http://$CLOUD_IP:8775/"
    wait_for_service 60 nova-novncproxy http_answers "$CONSOLE_URL/vnc_lite.html"
}

step_services() {
    local daemon said=$RUN/services.txt
    setup_script admin services.py --compute-url "$COMPUTE_URL" --computes "$COMPUTES" >"$said" 2>&1 && return 0
    for daemon in $(nova_daemons); do show_service "$daemon" 3; done
    tail -n 3 "$said"
    return 1
}

# Prints the names under which supervisord knows the daemons.
nova_daemons() {
    printf 'nova-%s\n' scheduler api api-metadata network consoleauth novncproxy
    nova_numbered nova-conductor "$CONDUCTORS"
    nova_numbered nova-compute "$COMPUTES"
}

# nova_numbered NAME COUNT: NAME alone when there is one, NAME-1 NAME-2 ... when there are several.
nova_numbered() {
    if (($2 == 1)); then echo "$1"; else seq -f "$1-%.0f" "$2"; fi
}

nova_describe_daemons() {
    local daemon binary own
    for daemon in $(nova_daemons); do
        binary=$(sed 's/-[0-9]*$//' <<<"$daemon")
        local -a files=("$NOVA_CONF")
        if [[ $binary == nova-conductor ]]; then files+=("$CONDUCTOR_CONF"); fi
        own=$NOVA_ETC/$daemon.conf
        if [[ $daemon != "$binary" ]]; then
            nova_numbered_conf "$daemon" | write_if_changed "$own"
            files+=("$own")
        fi
        # Without it the C library keeps memory aside for each of a daemon's many threads.
        service "$daemon" "$VENV_NOVA/bin/$binary $(printf -- '--config-file %s ' "${files[@]}")" \
            env=MALLOC_ARENA_MAX=2 killasgroup=true priority=60 stopwaitsecs=75 "${files[@]/#/watch=}" watch="$NOVA_ETC/api-paste.ini" watch="$RUN/nova-code"
    done
}

# The environment uses the checkout itself: a daemon that was started before a change to it is out of date.
nova_code_note() {
    find "$CHECKOUT/nova" -name '*.py' -printf '%p %s %T@\n' | sort | write_if_changed "$RUN/nova-code"
}

# What tells one of several computes or conductors from the others: its host name and its place on disk.
nova_numbered_conf() {
    mkdir -p "$STATE/$1"
    cat <<CONF
[DEFAULT]
host = ${1#nova-}
state_path = $STATE/$1
[fake]
state_file = $STATE/$1/fake-guests.json
CONF
}

nova_configure() {
    mkdir -p "$NOVA_ETC" "$STATE/instances" "$STATE/networks"
    write_if_changed "$NOVA_ETC/api-paste.ini" <"$CHECKOUT/etc/nova/api-paste.ini"
    { nova_conf; if [[ $AUTH == keystone ]]; then nova_conf_keystone; fi; } | write_if_changed "$NOVA_CONF" 600
    write_if_changed "$CONDUCTOR_CONF" 600 <<CONF
[database]
connection = $(database_url nova)
CONF
}

nova_conf() {
    local driver=libvirt.LibvirtDriver virt_type=qemu fake_network=false
    # Guests that nobody boots need no bridge, no DHCP and no filters.
    if [[ $VIRT_DRIVER == fake ]]; then driver=fake.FakeDriver fake_network=true; fi
    if [[ -s $DATA/virt_type ]]; then virt_type=$(<"$DATA/virt_type"); fi
    cat <<CONF
[DEFAULT]
debug = $([[ $DEBUG == 1 ]] && echo true || echo false)
use_stderr = true
state_path = $STATE
my_ip = $CLOUD_IP
transport_url = rabbit://nova:$RABBIT_PASSWORD@$INFRA_IP:5672/
rpc_response_timeout = 60
auth_strategy = $AUTH
compute_driver = $driver
osapi_compute_listen = $CLOUD_IP
osapi_compute_listen_port = 8774
osapi_compute_workers = $API_WORKERS
metadata_listen = $CLOUD_IP
metadata_listen_port = 8775
metadata_workers = 1
network_manager = nova.network.manager.FlatDHCPManager
flat_network_bridge = $BRIDGE
public_interface = $PUBLIC_INTERFACE
dhcpbridge = $VENV_NOVA/bin/nova-dhcpbridge
dhcpbridge_flagfile = $NOVA_CONF
force_dhcp_release = true
fake_network = $fake_network
default_floating_pool = nova
[wsgi]
api_paste_config = $NOVA_ETC/api-paste.ini
[oslo_concurrency]
lock_path = $STATE/locks
[libvirt]
virt_type = $virt_type
connection_uri = $LIBVIRT_URI
cpu_mode = none
[fake]
state_file = $STATE/fake-guests.json
[vnc]
enabled = true
vncserver_listen = 127.0.0.1
vncserver_proxyclient_address = 127.0.0.1
novncproxy_host = $CLOUD_IP
novncproxy_port = 6080
novncproxy_base_url = $CONSOLE_URL/vnc_lite.html
[glance]
api_servers = $IMAGE_API_URL
CONF
}

# The rest of the section [glance], and who checks the tokens of nova-api's users.
nova_conf_keystone() {
    service_credentials nova
    printf '[keystone_authtoken]\nwww_authenticate_uri = %s\n' "$IDENTITY_URL"
    service_credentials nova
}

step_networks() {
    network_exists private ||
        nova_manage network create --label private --fixed_range_v4 "$FIXED_RANGE" --num_networks 1 \
            --network_size 256 --bridge "$BRIDGE"
    floating_exists || nova_manage floating create --ip_range "${FLOATING_RANGE%/*}/28" --pool nova
}

network_exists() { nova_manage network list | grep -F "${FIXED_RANGE%.*}."; }

floating_exists() { nova_manage floating list | grep -F "${FLOATING_RANGE%.*}."; }

step_flavors() { setup_script admin flavors.py --compute-url "$COMPUTE_URL"; }

# In a namespace of its own everything below vanishes with the namespace.
nova_network_remove() {
    local file table
    [[ $HOST_NETWORK == 1 ]] || return 0
    for file in "$STATE"/networks/*.pid; do
        if [[ -f $file ]] && grep -q dnsmasq "/proc/$(<"$file")/cmdline" 2>/dev/null; then kill "$(<"$file")"; fi
    done
    for table in iptables ip6tables ebtables; do
        "$table-save" | sed '/nova-/d' | "$table-restore"
    done
    ip link del "$BRIDGE" 2>/dev/null || true
    ip addr del 169.254.169.254/32 dev lo 2>/dev/null || true
    if [[ -f $STATE/ip_forward.before ]]; then sysctl -q -w net.ipv4.ip_forward="$(<"$STATE/ip_forward.before")"; fi
}
