# The kernel's file systems, a few facts about the machine, and the power button.

mount_system() {
    mkdir -p /dev/pts /dev/shm
    mount -t devpts devpts /dev/pts
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p /run/config /run/network
    ln -sf /proc/self/fd /dev/fd
    ifconfig lo 127.0.0.1 up
}

uptime_seconds() {
    read -r up _ < /proc/uptime
    echo "$up"
}

memory_kib() {
    read -r _ kib _ < /proc/meminfo
    echo "$kib"
}

start_power_button() {
    # Here and not earlier: nothing that the first DHCP request waits for.
    modprobe -a button evdev virtio_balloon virtio_console 2>/dev/null
    acpid -c /etc/acpi -l /dev/null -p /run/acpid.pid
}

count_boot() {
    # Tells a test whether a server came back with the disk it had.
    boots=0
    [ -f /var/lib/guest/boots ] && read -r boots < /var/lib/guest/boots
    boots=$((boots + 1))
    echo "$boots" > /var/lib/guest/boots
    sync
}
