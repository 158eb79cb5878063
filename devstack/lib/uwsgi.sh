# How Keystone and Glance are served.

# uwsgi_service NAME PORT MODULE PROCESSES ENVIRONMENT WATCHED_FILE
uwsgi_service() {
    local name=$1 port=$2 module=$3 processes=$4 environment=$5 watched=$6
    refuse_taken_port "$name" "$CLOUD_IP" "$port"
    write_if_changed "$ETC/$name/uwsgi.ini" <<CONF
[uwsgi]
http-socket = $CLOUD_IP:$port
module = $module
env = $environment
master = true
processes = $processes
threads = 2
enable-threads = true
lazy-apps = true
thunder-lock = true
die-on-term = true
buffer-size = 65535
# Clients send images of unknown length in chunks.
wsgi-manage-chunked-input = true
# The glance client's parts are 1 MiB, which with their heads is just beyond the default limit.
chunked-input-limit = 8388608
# http-socket closes after each answer; say so, or clients try the dead connection again.
add-header = Connection: close
disable-logging = true
need-app = true
CONF
    service "$name" "$VENV_OPENSTACK/bin/uwsgi --ini $ETC/$name/uwsgi.ini" stopsignal=TERM priority=30 \
        watch="$watched" watch="$ETC/$name/uwsgi.ini"
}
