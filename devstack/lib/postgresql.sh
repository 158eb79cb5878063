# PostgreSQL: a cluster and a socket of its own.

POSTGRESQL_HOME=$DATA/postgresql

# The folder of the newest server that is installed.
postgresql_bin() { printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -1; }

postgresql_up() {
    local bin
    bin=$(postgresql_bin)
    install -d -o postgres -g postgres -m 0700 "$POSTGRESQL_HOME"
    if [[ ! -f $POSTGRESQL_HOME/data/PG_VERSION ]]; then
        rm -rf "$POSTGRESQL_HOME/data"
        (cd / && runuser -u postgres -- "$bin/initdb" -D "$POSTGRESQL_HOME/data" -E UTF8 --locale=C.UTF-8 \
            --auth-local=peer --auth-host=scram-sha-256)
    fi
    # As with MariaDB: a killed server loses nothing, a power cut may lose the last moments.
    write_if_changed "$POSTGRESQL_HOME/data/postgresql.auto.conf" 640 postgres <<CONF
listen_addresses = '$INFRA_IP'
port = 5432
unix_socket_directories = '$POSTGRESQL_HOME'
max_connections = 400
synchronous_commit = off
CONF
    service postgresql "$bin/postgres -D $POSTGRESQL_HOME/data" user=postgres priority=20 stopsignal=INT \
        stopwaitsecs=60 watch="$POSTGRESQL_HOME/data/postgresql.auto.conf"
    refuse_taken_port postgresql "$INFRA_IP" 5432
    services_up postgresql
    wait_for_service 60 postgresql postgresql_client -c 'SELECT 1'
    postgresql_databases
}

postgresql_client() {
    (cd / && runuser -u postgres -- psql -X -q -v ON_ERROR_STOP=1 -h "$POSTGRESQL_HOME" -d postgres "$@")
}

postgresql_databases() {
    local name
    for name in nova keystone glance; do
        postgresql_client -tA -c "SELECT 'there' FROM pg_roles WHERE rolname = '$name'" | grep there ||
            postgresql_client -c "CREATE ROLE $name LOGIN"
        # From standard input, so that the password is in no process list.
        printf "ALTER ROLE %s PASSWORD '%s';\n" "$name" "$DATABASE_PASSWORD" | postgresql_client
        postgresql_client -tA -c "SELECT 'there' FROM pg_database WHERE datname = '$name'" | grep there ||
            postgresql_client -c "CREATE DATABASE $name OWNER $name"
    done
}
