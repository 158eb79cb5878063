# The config drive: a small file system labelled config-2, iso9660 on a CD-ROM or vfat on a disk.
# Leaves it mounted on /run/config, or leaves that folder empty.

CONFIG=/run/config

config_device() {
    findfs LABEL=config-2 2>/dev/null || findfs LABEL=CONFIG-2 2>/dev/null
}

open_config_drive() {
    # Disks first: probing the IDE bus costs a tenth of a second and more.
    if ! device=$(config_device); then
        find_cdrom && device=$(config_device) || return 0
    fi
    if mount -t iso9660 -o ro "$device" $CONFIG 2>/dev/null || mount -t vfat -o ro "$device" $CONFIG 2>/dev/null; then
        say "config drive on $device"
    else
        say "config drive on $device cannot be mounted"
    fi
}

find_cdrom() {
    # modprobe returns when the drivers have looked at their buses.
    modprobe ata_piix
    any_is 0x0008 /sys/bus/virtio/devices/*/device && modprobe virtio_scsi
    any_is 5 /sys/bus/scsi/devices/*/type && modprobe sr_mod
}

any_is() {  # $1: content that one of the files has
    wanted=$1
    shift
    for file in "$@"; do
        [ -f "$file" ] && read -r content < "$file" && [ "$content" = "$wanted" ] && return 0
    done
    return 1
}
