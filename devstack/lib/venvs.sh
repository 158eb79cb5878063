# Python environments, made by the machine's python3 from the locks beside this folder.

PYTHON=${PYTHON:-python3}

# A machine may have no python3 at all before the packages are there; one that is too old is refused at once.
check_python() {
    command -v "$PYTHON" >/dev/null || return 0
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        die "$PYTHON is older than 3.11: put a newer python3 first on PATH"
}

# The same for an interpreter, its shims and the environments made from it: those of the tests call stack.sh too.
interpreter() { "$PYTHON" -c 'import sys; print(sys.version, sys.base_prefix)'; }

# make_venv DIR LOCK EXTRA_FILE... -- PIP_ARGUMENT...: brings the environment to what lock, extra files and arguments
# (which name the checkout) say. Skipped when its stamp says that it is as wanted; made from nothing when the
# interpreter is another one.
make_venv() {
    local dir=$1 lock=$2 stamp
    local -a sources=("$2")
    shift 2
    while [[ $1 != -- ]]; do sources+=("$1"); shift; done
    shift
    stamp=$({ interpreter; cat "${sources[@]}"; printf '%s\n' "$@"; } | sha256sum)
    if [[ -f $dir/.stamp && $(<"$dir/.stamp") == "$stamp" ]]; then
        echo "$dir is as wanted"
        return 0
    fi
    if [[ ! -f $dir/.interpreter || $(<"$dir/.interpreter") != "$(interpreter)" ]]; then
        rm -rf "$dir"
        mkdir -p "$(dirname "$dir")"
        "$PYTHON" -m venv "$dir"
        interpreter >"$dir/.interpreter"
    fi
    "$dir/bin/pip" install --disable-pip-version-check --no-input -c "$lock" "$@"
    echo "$stamp" >"$dir/.stamp"
}

# Two stacks may share VENVS: one of them makes what is missing, the other waits for it.
with_install_lock() (
    mkdir -p "$VENVS"
    exec 9>"$VENVS/.lock-$1"
    flock -w 600 9
    shift
    "$@"
)

# With libvirt's bindings whatever the driver: stacks with different drivers may share the environment.
step_venv_nova() {
    with_install_lock nova make_venv "$VENV_NOVA" "$DEVSTACK/locks/nova.txt" "$CHECKOUT/pyproject.toml" -- \
        -e "${CHECKOUT}[libvirt]"
}

step_venv_openstack() {
    with_install_lock openstack make_venv "$VENV_OPENSTACK" "$DEVSTACK/locks/openstack.txt" -- \
        keystone glance uwsgi pymysql psycopg2-binary supervisor
}

step_venv_clients() {
    with_install_lock clients make_venv "$VENV_CLIENTS" "$DEVSTACK/locks/clients.txt" -- \
        python-openstackclient python-novaclient python-glanceclient
}

# Prints name and version of a package in the OpenStack environment.
package_version() { basename "$VENV_OPENSTACK"/lib/python3*/site-packages/"$1"-[0-9]*.dist-info; }
