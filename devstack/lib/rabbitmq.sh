# RabbitMQ: a node of its own (name, ports, data, cookie), beside any that the machine may run.

RABBIT_HOME=$DATA/rabbitmq
RABBIT_NODE=nova@localhost
RABBIT_DIST_PORT=25673

rabbit_env() {
    printf '%s\n' HOME="$RABBIT_HOME" LANG=C.UTF-8 RABBITMQ_NODENAME="$RABBIT_NODE" RABBITMQ_DIST_PORT=$RABBIT_DIST_PORT \
        RABBITMQ_CONFIG_FILE="$ETC/rabbitmq/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$ETC/rabbitmq/plugins" \
        RABBITMQ_CONF_ENV_FILE="$ETC/rabbitmq/rabbitmq-env.conf" \
        RABBITMQ_MNESIA_BASE="$RABBIT_HOME/mnesia" RABBITMQ_LOG_BASE="$RABBIT_HOME/log" RABBITMQ_LOGS=- \
        RABBITMQ_PID_FILE="$RABBIT_HOME/pid" ERL_EPMD_PORT="$EPMD_PORT" ERL_EPMD_ADDRESS=127.0.0.1 \
        ERL_MAX_PORTS=16384
}

step_rabbitmq() {
    local variable
    local -a settings=()
    mkdir -p "$ETC/rabbitmq"
    install -d -o rabbitmq -g rabbitmq -m 0750 "$RABBIT_HOME"
    write_if_changed "$ETC/rabbitmq/rabbitmq.conf" 640 rabbitmq <<CONF
listeners.tcp.1 = $INFRA_IP:5672
default_user = nova
default_pass = $RABBIT_PASSWORD
loopback_users = none
log.console = true
log.console.level = info
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 1GB
CONF
    # Idle Erlang schedulers spin by default; on a small machine that time belongs to others.
    write_if_changed "$ETC/rabbitmq/rabbitmq-env.conf" <<CONF
SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"
CONF
    write_if_changed "$ETC/rabbitmq/plugins" <<<'[].'

    while IFS= read -r variable; do settings+=("env=$variable"); done < <(rabbit_env)
    service epmd "/usr/bin/epmd -address 127.0.0.1 -port $EPMD_PORT" user=rabbitmq priority=10
    service rabbitmq /usr/lib/rabbitmq/bin/rabbitmq-server user=rabbitmq stopasgroup=true killasgroup=true \
        priority=20 stopwaitsecs=30 watch="$ETC/rabbitmq/rabbitmq.conf" watch="$ETC/rabbitmq/rabbitmq-env.conf" \
        "${settings[@]}"
    refuse_taken_port epmd 127.0.0.1 "$EPMD_PORT"
    refuse_taken_port rabbitmq "$INFRA_IP" 5672
    services_up epmd
    wait_for_service 10 epmd port_answers 127.0.0.1 "$EPMD_PORT"
    services_up rabbitmq
    wait_for_service 60 rabbitmq port_answers "$INFRA_IP" 5672
}
