# Settings: defaults, devstack/local.conf, the environment; then everything derived from them.
# An option set in the environment wins over local.conf, which wins over the default.

OPTIONS=(DATABASE AUTH VIRT_DRIVER VIRT_TYPE COMPUTES IMAGE_URL DATA VENVS NETNS SUBNET_INDEX NETWORK_PREFIX
         HOST_NETWORK HOST_IP HOST_INTERFACE INFRA_IP API_WORKERS CONDUCTORS DEBUG DEMO QEMU_USER)

settings_defaults() {
    : "${DATABASE:=mysql}" "${AUTH:=keystone}" "${VIRT_DRIVER:=libvirt}" "${VIRT_TYPE:=auto}" "${COMPUTES:=1}"
    : "${IMAGE_URL:=}" "${DATA:=/opt/nova-devstack}" "${NETNS:=nova-devstack}" "${SUBNET_INDEX:=0}"
    : "${NETWORK_PREFIX:=10.254}" "${HOST_NETWORK:=0}" "${HOST_IP:=}" "${HOST_INTERFACE:=}" "${INFRA_IP:=127.0.0.1}"
    : "${API_WORKERS:=2}" "${CONDUCTORS:=1}" "${DEBUG:=0}" "${DEMO:=1}" "${QEMU_USER:=libvirt-qemu}"
    : "${VENVS:=$DATA}"
}

settings_help() {
    cat <<'HELP'
Options, from the environment or from devstack/local.conf (KEY=value lines):
  DATABASE=mysql|postgresql|sqlite   where nova-conductor keeps its records (mysql)
  AUTH=keystone|noauth2              who checks the users (keystone)
  VIRT_DRIVER=libvirt|fake           what runs the guests (libvirt)
  VIRT_TYPE=auto|kvm|qemu            auto: kvm only where a kernel really starts under it (auto)
  COMPUTES=N                         number of nova-compute daemons; more than one needs VIRT_DRIVER=fake (1)
  CONDUCTORS=N                       number of nova-conductor daemons; sqlite allows one (1)
  API_WORKERS=N                      processes serving the Compute API (2)
  IMAGE_URL=URL                      one more image for Glance: a qcow2 file to fetch by http, https or file
  DEMO=0|1                           1 boots the server demo-1 at the end (1)
  DATA=DIR                           everything the stack writes (/opt/nova-devstack)
  VENVS=DIR                          where the Python environments are; several stacks may share one (DATA)
  NETNS=NAME                         network namespace the cloud lives in (nova-devstack)
  SUBNET_INDEX=N                     0..63, another one for each stack on this machine (0)
  NETWORK_PREFIX=A.B                 the /16 that link, fixed and floating addresses are taken from (10.254)
  HOST_NETWORK=0|1                   1 uses the host's own network instead of a namespace (0)
  HOST_IP=ADDRESS                    with HOST_NETWORK=1: the address to listen on (that of the default route)
  HOST_INTERFACE=NAME                with HOST_NETWORK=1: the card for floating addresses (that of the default route)
  INFRA_IP=ADDRESS                   where RabbitMQ and the database listen (127.0.0.1)
  QEMU_USER=NAME                     the user guests run as (libvirt-qemu)
  DEBUG=0|1                          1 makes the nova daemons log at debug level (0)
HELP
}

# Reads KEY=value lines as data: nothing in the file is executed.
settings_read_file() {
    local file=$1 line key value number=0
    [[ -f $file ]] || return 0
    while IFS= read -r line || [[ -n $line ]]; do
        number=$((number + 1))
        [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
        [[ $line =~ ^[[:space:]]*([A-Z_]+)=(.*)$ ]] || die "$file line $number: expected KEY=value"
        key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
        [[ " ${OPTIONS[*]} " == *" $key "* ]] || die "$file line $number: there is no option $key (see --help)"
        value=${value%"${value##*[![:space:]]}"}
        if [[ $value =~ ^\"(.*)\"[[:space:]]*$ || $value =~ ^\'(.*)\'[[:space:]]*$ ]]; then value=${BASH_REMATCH[1]}; fi
        [[ -n ${!key+set} ]] || printf -v "$key" '%s' "$value"
    done <"$file"
}

one_of() {
    local name=$1 value; shift
    for value; do [[ ${!name} == "$value" ]] && return 0; done
    die "$name is '${!name}', must be one of: $*"
}

number_between() {
    [[ ${!1} =~ ^[0-9]{1,4}$ ]] && ((${!1} >= $2 && ${!1} <= $3)) || die "$1 is '${!1}', must be a number from $2 to $3"
}

settings_check() {
    one_of DATABASE mysql postgresql sqlite
    one_of AUTH keystone noauth2
    one_of VIRT_DRIVER libvirt fake
    one_of VIRT_TYPE auto kvm qemu
    one_of HOST_NETWORK 0 1
    one_of DEMO 0 1
    one_of DEBUG 0 1
    number_between COMPUTES 1 500
    number_between CONDUCTORS 1 32
    number_between API_WORKERS 1 64
    number_between SUBNET_INDEX 0 63
    [[ $DATA =~ ^/[A-Za-z0-9._/-]+$ && $DATA != / ]] || die "DATA is '$DATA', must be an absolute path of plain characters"
    [[ $VENVS =~ ^/[A-Za-z0-9._/-]+$ ]] || die "VENVS is '$VENVS', must be an absolute path of plain characters"
    [[ $NETNS =~ ^[A-Za-z0-9._-]{1,64}$ ]] || die "NETNS is '$NETNS', must be a plain name"
    [[ $NETWORK_PREFIX =~ ^[0-9]{1,3}\.[0-9]{1,3}$ ]] || die "NETWORK_PREFIX is '$NETWORK_PREFIX', must be like 10.254"
    [[ $HOST_IP =~ ^([0-9]{1,3}(\.[0-9]{1,3}){3})?$ ]] || die "HOST_IP is '$HOST_IP', must be an IPv4 address"
    [[ $INFRA_IP =~ ^[0-9]{1,3}(\.[0-9]{1,3}){3}$ ]] || die "INFRA_IP is '$INFRA_IP', must be an IPv4 address"
    [[ $HOST_INTERFACE =~ ^[A-Za-z0-9._-]{0,15}$ ]] || die "HOST_INTERFACE is '$HOST_INTERFACE', must be a card's name"
    [[ $QEMU_USER =~ ^[a-z_][a-z0-9_-]*$ ]] || die "QEMU_USER is '$QEMU_USER', must be a user's name"
    [[ $IMAGE_URL =~ ^((https?|file)://[^[:space:]]+)?$ ]] || die "IMAGE_URL is '$IMAGE_URL', must be http, https or file"
    ((COMPUTES == 1)) || [[ $VIRT_DRIVER == fake ]] || die "COMPUTES=$COMPUTES needs VIRT_DRIVER=fake"
    ((CONDUCTORS == 1)) || [[ $DATABASE != sqlite ]] || die "DATABASE=sqlite allows one conductor"
}

# The /16 of NETWORK_PREFIX is cut by SUBNET_INDEX: x.y.0.(4n)/30 links the host and the namespace,
# x.y.(64+n).0/24 is for guests, x.y.(128+n).0/24 is the floating pool.
settings_derive() {
    local link="$NETWORK_PREFIX.0"
    LINK_HOST_IP=$link.$((SUBNET_INDEX * 4 + 1))
    LINK_CLOUD_IP=$link.$((SUBNET_INDEX * 4 + 2))
    LINK_HOST_DEV=nova-link$SUBNET_INDEX
    FIXED_RANGE=$NETWORK_PREFIX.$((64 + SUBNET_INDEX)).0/24
    FLOATING_RANGE=$NETWORK_PREFIX.$((128 + SUBNET_INDEX)).0/24
    BRIDGE=br100
    if [[ $HOST_NETWORK == 1 ]]; then
        : "${HOST_IP:=$(default_route src)}" "${HOST_INTERFACE:=$(default_route dev)}"
        [[ -n $HOST_IP && -n $HOST_INTERFACE ]] || die "there is no default route: give HOST_IP and HOST_INTERFACE"
        CLOUD_IP=$HOST_IP PUBLIC_INTERFACE=$HOST_INTERFACE EPMD_PORT=14369
    else
        CLOUD_IP=$LINK_CLOUD_IP PUBLIC_INTERFACE=uplink EPMD_PORT=4369
    fi
    ETC=$DATA/etc LOGS=$DATA/log RUN=$DATA/run STATE=$DATA/state
    MARKER=$DATA/.nova-devstack
    VENV_NOVA=$VENVS/venv-nova VENV_OPENSTACK=$VENVS/venv-openstack VENV_CLIENTS=$VENVS/venv-clients
    SECRETS=$ETC/secrets.conf
    IDENTITY_URL=http://$CLOUD_IP:5000/v3
    IMAGE_API_URL=http://$CLOUD_IP:9292
    COMPUTE_URL=http://$CLOUD_IP:8774/v2.1
    CONSOLE_URL=http://$CLOUD_IP:6080
    REGION=RegionOne
}

# Prints the word after "dev" or "src" in the way to the outside; nothing without a default route.
default_route() {
    ip -4 route get 192.0.2.1 2>/dev/null | awk -v key="$1" '{for (i = 1; i < NF; i++) if ($i == key) print $(i + 1)}'
}

settings_load() {
    settings_read_file "$DEVSTACK/local.conf"
    settings_defaults
    settings_check
    settings_derive
}

# What stack.sh was told, kept so that unstack.sh needs to be told DATA alone.
settings_save() {
    local name
    for name in "${OPTIONS[@]}"; do printf '%s=%s\n' "$name" "${!name}"; done | write_if_changed "$ETC/settings.conf"
}

settings_recall() {
    if [[ -z ${DATA+set} ]]; then DATA=$(settings_read_file "$DEVSTACK/local.conf"; settings_defaults; echo "$DATA"); fi
    settings_read_file "$DATA/etc/settings.conf"
}

# Passwords are made once for each data folder and live in one file that only root reads.
secrets_load() {
    local name
    if [[ ! -f $SECRETS ]]; then
        (umask 077
         for name in RABBIT DATABASE ADMIN DEMO SERVICE METADATA; do
             printf '%s_PASSWORD=%s\n' "$name" "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
         done >"$SECRETS.new"
         mv "$SECRETS.new" "$SECRETS")
    fi
    while IFS='=' read -r name value; do
        [[ $name =~ ^[A-Z]+_PASSWORD$ && $value =~ ^[0-9a-f]{32}$ ]] || die "$SECRETS is damaged"
        printf -v "$name" '%s' "$value"
    done <"$SECRETS"
}
