# Is it there yet? Asked from inside the cloud's network, by trying.

port_answers() { in_cloud timeout 2 bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null; }

# refuse_taken_port SERVICE HOST PORT: fails when somebody else already listens where this service is going to.
refuse_taken_port() {
    port_answers "$2" "$3" || return 0
    [[ $(supervisor_ctl status "$1" || true) != *RUNNING* ]] || return 0
    echo "port $3 of $2 is taken by another program; $1 needs it" >&2
    return 1
}

# Any answer below 500 means that the service is up.
http_answers() {
    local code
    code=$(in_cloud curl -s -o /dev/null --noproxy '*' --max-time 5 -w '%{http_code}' "$1") || return 1
    ((10#$code >= 200 && 10#$code < 500))
}
