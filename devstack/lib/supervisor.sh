# One supervisord inside the namespace runs every daemon of the cloud and starts again what dies.
# Each daemon is one file in ETC/supervisor.d; its log is LOGS/NAME.log.

SUPERVISOR_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

supervisor_ctl() { "$VENV_OPENSTACK/bin/supervisorctl" -c "$ETC/supervisord.conf" "$@"; }

supervisor_is_up() { supervisor_ctl pid >/dev/null 2>&1; }

# Prints the pid of this stack's supervisord; false when it does not run. Asks nobody, so that it knows even when the
# Python environment is gone.
supervisor_pid() {
    local pid
    pid=$(cat "$RUN/supervisord.pid" 2>/dev/null) || return 1
    grep -qzxF "$ETC/supervisord.conf" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

# Prints the pids of what a supervisord that died left running: all its daemons know the address of its socket, and
# so do their own children, but not guests.
orphans() {
    { grep -lzxF "SUPERVISOR_SERVER_URL=unix://$RUN/supervisor.sock" /proc/[0-9]*/environ 2>/dev/null || true; } |
        cut -d/ -f3
}

no_orphans() { [[ -z $(orphans) ]]; }

orphans_end() {
    local pid
    no_orphans && return 0
    for pid in $(orphans); do kill -TERM "$pid" 2>/dev/null || true; done
    wait_until 20 "the end of daemons without supervisord" no_orphans && return 0
    for pid in $(orphans); do kill -KILL "$pid" 2>/dev/null || true; done
}

step_supervisor() {
    cat >"$ETC/supervisord.conf" <<CONF
[supervisord]
logfile = $LOGS/supervisord.log
logfile_maxbytes = 10MB
logfile_backups = 2
pidfile = $RUN/supervisord.pid
childlogdir = $LOGS
directory = $DATA
minfds = 16384
umask = 022
[unix_http_server]
file = $RUN/supervisor.sock
chmod = 0700
[supervisorctl]
serverurl = unix://$RUN/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[include]
files = $ETC/supervisor.d/*.conf
CONF
    mkdir -p "$ETC/supervisor.d"
    if supervisor_is_up; then return 0; fi
    supervisor_stop
    rm -f "$ETC/supervisor.d"/*.conf
    # The lock (8) is not for daemons to hold.
    in_cloud env -i HOME=/root LANG=C.UTF-8 PATH="$SUPERVISOR_PATH" \
        "$VENV_OPENSTACK/bin/supervisord" -c "$ETC/supervisord.conf" 8>&-
    wait_until 10 supervisord supervisor_is_up
}

# service NAME "COMMAND" [KEY=VALUE...]: describes a daemon. VALUEs go into its section as they are, but
# "env=NAME=value" adds to its environment and "watch=FILE" restarts it when the file's content changes.
service() {
    local name=$1 command=$2 setting environment=
    local -a watched=()
    shift 2
    {
        printf '[program:%s]\ncommand = %s\n' "$name" "$command"
        printf 'stdout_logfile = %s/%s.log\nredirect_stderr = true\n' "$LOGS" "$name"
        printf 'stdout_logfile_maxbytes = 50MB\nstdout_logfile_backups = 2\n'
        printf 'autostart = true\nautorestart = true\nstartsecs = 1\nstartretries = 1000\nstopwaitsecs = 20\n'
        for setting; do
            case $setting in
                watch=*) watched+=("${setting#watch=}") ;;
                env=*) setting=${setting#env=}; environment+="${setting%%=*}=\"${setting#*=}\"," ;;
                *) printf '%s\n' "$setting" ;;
            esac
        done
        # A changed file has to show in the description, or supervisord would see no reason to restart.
        if ((${#watched[@]})); then
            environment+="CONFIGURATION=\"$(cat "${watched[@]}" | sha256sum | cut -c1-32)\","
        fi
        if [[ -n $environment ]]; then printf 'environment = %s\n' "${environment%,}"; fi
    } | write_if_changed "$ETC/supervisor.d/$name.conf"
}

# services_up NAME...: starts the new ones, restarts those whose description changed and those that are down.
services_up() {
    local -a changed down
    mapfile -t changed < <(supervisor_ctl reread | awk -F: -v names=" $* " '/: changed$/ && index(names, " " $1 " ") {print $1}')
    services_down "${changed[@]}"
    supervisor_ctl update "$@"
    mapfile -t down < <({ supervisor_ctl status "$@" || true; } | awk '$2 ~ /^(STOPPED|EXITED|FATAL)$/ {print $1}')
    # One that dies at once is tried again by supervisord; whether it comes up is for the caller to wait for.
    if ((${#down[@]})); then supervisor_ctl start "${down[@]}" || true; fi
}

# wait_for_service SECONDS NAME COMMAND...: until the command succeeds; else fails with the end of the daemon's log.
wait_for_service() {
    local limit=$1 name=$2
    shift 2
    wait_until "$limit" "$name" "$@" && return 0
    show_service "$name"
    return 1
}

# show_service NAME [LINES]: what a daemon is doing and what it said last, for the log of a step that fails.
show_service() {
    supervisor_ctl status "$1" || true
    tail -n "${2:-15}" "$LOGS/$1.log"
} >&2

# services_down NAME...: stops them side by side; conductors after those who say goodbye to them.
services_down() {
    local name
    local -a conductors=() others=()
    for name; do
        if [[ $name == nova-conductor* ]]; then conductors+=("$name"); else others+=("$name"); fi
    done
    stop_side_by_side "${others[@]}"
    stop_side_by_side "${conductors[@]}"
}

stop_side_by_side() {
    local name
    local -a stops=()
    for name; do
        supervisor_ctl stop "$name" >/dev/null & stops+=($!)
    done
    for name in "${stops[@]}"; do wait "$name" || true; done
}

# nova's daemons first: what they lean on ends last.
supervisor_stop() {
    local -a all nova others
    if supervisor_is_up; then
        mapfile -t all < <({ supervisor_ctl status || true; } | awk '{print $1}')
        mapfile -t nova < <(printf '%s\n' "${all[@]}" | grep '^nova-')
        mapfile -t others < <(printf '%s\n' "${all[@]}" | grep -v '^nova-')
        services_down "${nova[@]}"
        services_down "${others[@]}"
    fi
    # On this signal supervisord stops what still runs, by priority.
    kill -TERM "$(supervisor_pid)" 2>/dev/null || true
    wait_until 180 "supervisord to stop" supervisor_is_gone || kill -KILL "$(supervisor_pid)" 2>/dev/null || true
    orphans_end
    rm -f "$ETC/supervisor.d"/*.conf
}

supervisor_is_gone() { ! supervisor_pid; }
