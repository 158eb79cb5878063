# The project demo: its key and rules, the server demo-1, and the proof that it works.

DEMO_KEY=$DATA/demo-key.pem
DEMO_SERVER=$DATA/run/demo-1

step_project() {
    setup_script demo project.py --compute-url "$COMPUTE_URL" --key-file "$DEMO_KEY"
}

# Boots demo-1, or finds it; writes down its id, its address and an address of its screen.
demo_server() {
    local image=test-guest-disk
    local -a console=()
    if [[ $VIRT_DRIVER == libvirt ]]; then image=test-guest console=(--console); fi
    setup_script demo server.py --compute-url "$COMPUTE_URL" --image-url "$IMAGE_API_URL" \
        --name demo-1 --image "$image" --flavor m1.nano --key demo "${console[@]}" --write "$DEMO_SERVER"
}

step_demo() {
    local address
    demo_server
    [[ $VIRT_DRIVER == libvirt ]] || return 0
    address=$(demo_value address)
    wait_until 90 "an answer to ping from $address" ping -c 1 -W 1 "$address"
    wait_until 90 "a login by ssh at $address" demo_ssh true
    demo_ssh 'echo "logged in at $(hostname), up $(cut -d" " -f1 /proc/uptime) s"'
    curl -fsS --noproxy '*' --max-time 10 -o /dev/null "$(demo_value console)"
    "$VENV_CLIENTS/bin/python" "$DEVSTACK/setup/console.py" "$(demo_value console)"
    # An address is good once: the user gets a fresh one.
    demo_server
}

# Prints one of the values that server.py found out: id, address, console.
demo_value() { sed -n "s/^$1=//p" "$DEMO_SERVER"; }

demo_ssh() {
    ssh -i "$DEMO_KEY" -o BatchMode=yes -o ConnectTimeout=5 -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "root@$(demo_value address)" "$@"
}

demo_summary() {
    cat <<TEXT

  server demo-1  $(demo_value address)
TEXT
    [[ $VIRT_DRIVER == libvirt ]] || return 0
    cat <<TEXT
                 ping $(demo_value address)
                 ssh -i $DEMO_KEY root@$(demo_value address)
  its console    $(demo_value console)
                 (good once and for a short time; another: openstack console url show --novnc demo-1)
TEXT
}

# Deletes all servers of all projects; false when that could not be done within the time.
servers_delete() {
    [[ -x $VENV_CLIENTS/bin/python && -f $ETC/supervisor.d/nova-api.conf ]] || return 0
    http_answers "http://$CLOUD_IP:8774/" || return 1
    setup_script admin server.py --compute-url "$COMPUTE_URL" --delete-all
}
