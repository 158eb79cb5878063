# MariaDB: a data folder and a socket of its own.

MARIADB_HOME=$DATA/mariadb

mariadb_up() {
    mkdir -p "$ETC/mariadb"
    install -d -o mysql -g mysql -m 0750 "$MARIADB_HOME"
    # A flush to disk once a second, not for each transaction: a killed database loses nothing, a power cut may.
    write_if_changed "$ETC/mariadb/my.cnf" <<CONF
[mariadbd]
datadir = $MARIADB_HOME/data
socket = $MARIADB_HOME/mariadb.sock
pid_file = $MARIADB_HOME/mariadb.pid
user = mysql
bind_address = $INFRA_IP
port = 3306
skip_name_resolve = ON
character_set_server = utf8mb4
collation_server = utf8mb4_general_ci
default_storage_engine = InnoDB
innodb_flush_log_at_trx_commit = 2
innodb_buffer_pool_size = 128M
max_connections = 400
performance_schema = OFF
CONF
    if [[ ! -d $MARIADB_HOME/data/mysql ]]; then
        rm -rf "$MARIADB_HOME/data"
        mariadb-install-db --no-defaults --datadir="$MARIADB_HOME/data" --user=mysql --skip-test-db \
            --auth-root-authentication-method=socket --skip-name-resolve
    fi
    service mariadb "/usr/sbin/mariadbd --defaults-file=$ETC/mariadb/my.cnf" priority=20 stopwaitsecs=60 \
        watch="$ETC/mariadb/my.cnf"
    refuse_taken_port mariadb "$INFRA_IP" 3306
    services_up mariadb
    wait_for_service 60 mariadb mariadb_client -e 'SELECT 1'
    mariadb_databases | mariadb_client
}

mariadb_client() { mariadb --no-defaults --user=root --socket="$MARIADB_HOME/mariadb.sock" "$@"; }

mariadb_databases() {
    local name
    for name in nova keystone glance; do
        printf "CREATE DATABASE IF NOT EXISTS %s CHARACTER SET utf8mb4;\n" "$name"
        printf "CREATE OR REPLACE USER %s@'%%' IDENTIFIED BY '%s';\n" "$name" "$DATABASE_PASSWORD"
        printf "GRANT ALL ON %s.* TO %s@'%%';\n" "$name" "$name"
    done
}
