# libvirtd and virtlogd with sockets, configuration and state of their own: they see DATA/libvirt/* in the
# places where libvirt expects /run/libvirt and the like, through mounts that nobody else sees.

LIBVIRT_HOME=$DATA/libvirt
LIBVIRT_SOCKET=$LIBVIRT_HOME/run/libvirt-sock
LIBVIRT_URI="qemu+unix:///system?socket=$LIBVIRT_SOCKET"

virsh_cloud() { virsh -q -c "$LIBVIRT_URI" "$@"; }

step_libvirt() {
    local folder
    for folder in run lib etc log; do mkdir -p "$LIBVIRT_HOME/$folder"; done
    # What libvirt finds out about QEMU is the same for all stacks of this machine, and takes long to find out.
    mkdir -p "$VENVS/libvirt-cache"
    ln -sfn "$VENVS/libvirt-cache" "$LIBVIRT_HOME/cache"
    mkdir -p "$LIBVIRT_HOME/etc/qemu" "$LIBVIRT_HOME/etc/nwfilter" "$LIBVIRT_HOME/log/qemu" \
        "$LIBVIRT_HOME/lib"/{qemu,boot,images}
    chmod 755 "$LIBVIRT_HOME" "$LIBVIRT_HOME"/*/
    cp -n /etc/libvirt/nwfilter/*.xml "$LIBVIRT_HOME/etc/nwfilter/" 2>/dev/null || true
    libvirt_configure
    hide_kvm
    check_qemu_user
    service virtlogd "$DEVSTACK/lib/libvirt-mounts $LIBVIRT_HOME /usr/sbin/virtlogd -p /run/libvirt/virtlogd.pid" priority=40 \
        watch="$LIBVIRT_HOME/etc/virtlogd.conf"
    service libvirtd "$DEVSTACK/lib/libvirt-mounts $LIBVIRT_HOME /usr/sbin/libvirtd -p /run/libvirt/libvirtd.pid" priority=45 \
        watch="$LIBVIRT_HOME/etc/libvirtd.conf" watch="$LIBVIRT_HOME/etc/qemu.conf" watch="$DATA/virt_type"
    services_up virtlogd libvirtd
    wait_for_service 60 libvirtd virsh_cloud version
}

# Where guests do not use KVM, a file that nobody may open hides it: else libvirt, which may see the device where
# QEMU's user may not, finds what it knows about QEMU out of date at every question, and asks QEMU all anew.
hide_kvm() {
    rm -f "$LIBVIRT_HOME/kvm"
    if [[ $(<"$DATA/virt_type") == qemu && $QEMU_USER != root ]]; then install -m 000 /dev/null "$LIBVIRT_HOME/kvm"; fi
}

# libvirt asks QEMU for its abilities when they are first needed: better now, beside other steps, than in a boot.
step_libvirt_probe() { timeout 240 virsh -q -c "$LIBVIRT_URI" domcapabilities --virttype qemu >"$RUN/qemu-abilities.xml"; }

# QEMU runs as an unprivileged user: a guest that breaks out of it is not root.
libvirt_configure() {
    local cgroups='cgroup_controllers = []'
    # Two libvirtds on one machine would name the same control groups: only a real host uses them.
    if [[ $HOST_NETWORK == 1 ]]; then cgroups=; fi
    write_if_changed "$LIBVIRT_HOME/etc/libvirtd.conf" <<CONF
auth_unix_rw = "none"
unix_sock_rw_perms = "0700"
host_uuid = "$(stack_uuid)"
log_outputs = "2:stderr"
CONF
    write_if_changed "$LIBVIRT_HOME/etc/virtlogd.conf" <<CONF
log_outputs = "3:stderr"
CONF
    write_if_changed "$LIBVIRT_HOME/etc/qemu.conf" <<CONF
user = "$QEMU_USER"
group = "$(id -gn "$QEMU_USER")"
dynamic_ownership = 1
remember_owner = 0
security_driver = "none"
namespaces = []
vnc_listen = "127.0.0.1"
$cgroups
CONF
}

# Several stacks on one machine are several hosts: each has its own identity, the same at every start.
stack_uuid() {
    [[ -s $DATA/host_uuid ]] || cat /proc/sys/kernel/random/uuid >"$DATA/host_uuid"
    cat "$DATA/host_uuid"
}

check_qemu_user() {
    runuser -u "$QEMU_USER" -- test -x "$STATE" && return 0
    echo "$QEMU_USER may not enter $STATE: choose a DATA whose parent folders all users may enter, or QEMU_USER=root" >&2
    return 1
}

# Guests whose QEMU outlived everything else: found by the pid files of this stack's libvirtd alone.
libvirt_kill_guests() {
    local file pid
    for file in "$LIBVIRT_HOME"/run/qemu/*.pid; do
        [[ -f $file ]] || continue
        pid=$(<"$file")
        if grep -q qemu-system "/proc/$pid/cmdline" 2>/dev/null; then kill -KILL "$pid"; fi
    done
}
