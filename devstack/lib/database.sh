# Where Keystone, Glance and nova-conductor keep their records: MariaDB, PostgreSQL or SQLite files.

# Prints the SQLAlchemy address of a database of this stack, by name (nova, keystone, glance).
database_url() {
    case $DATABASE in
        mysql) printf 'mysql+pymysql://%s:%s@%s/%s?charset=utf8mb4' "$1" "$DATABASE_PASSWORD" "$INFRA_IP" "$1" ;;
        postgresql) printf 'postgresql+psycopg2://%s:%s@%s/%s' "$1" "$DATABASE_PASSWORD" "$INFRA_IP" "$1" ;;
        sqlite) printf 'sqlite:///%s/sqlite/%s.sqlite' "$DATA" "$1" ;;
    esac
}

step_database() {
    case $DATABASE in
        mysql) mariadb_up ;;
        postgresql) postgresql_up ;;
        sqlite) install -d -m 0700 "$DATA/sqlite" ;;
    esac
}
