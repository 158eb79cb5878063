#!/bin/bash
# Builds the project's own test guest from Debian packages, without mounts and without loop devices.
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
readonly PRODUCTS=(vmlinuz initrd.zst root.ext4 disk.qcow2)

# The ramdisk holds only what finds a root file system; the root file system holds all drivers.
readonly RAMDISK_MODULES=(virtio_pci virtio_blk virtio_net virtio-rng virtio_scsi sd_mod ata_piix)
readonly GUEST_MODULES=("${RAMDISK_MODULES[@]}" virtio_balloon virtio_console sr_mod isofs vfat nls_cp437 nls_ascii
    nls_iso8859-1 button evdev 8021q)
# What the cloud kernel has not, or has built in.
readonly GENERIC_RAMDISK_MODULES=(ext4 crc32c_generic ahci)
readonly GENERIC_GUEST_MODULES=(e1000 e1000e 8139cp 8139too ne2k-pci pcnet32)

# Sizes in MiB. A FAT16 file system needs at least about 9; kernel and ramdisk take 16.
readonly BOOT_MIB=20 ROOT_MIB=24
readonly ROOT_LABEL=guestroot

usage() {
    cat <<TEXT
usage: build.sh [--force] [--generic] [--help] OUTDIR

Leaves in OUTDIR: ${PRODUCTS[*]}

  vmlinuz, initrd.zst, root.ext4   three linked images: kernel, ramdisk, root file system
  disk.qcow2                       one bootable disk (BIOS)

Run it as root on Debian 12 with the packages of $HERE/packages.txt
installed. The kernel package is downloaded with apt-get. A second run with the
same inputs does nothing; --force builds anyway. --generic takes Debian's usual
kernel instead of the cloud kernel: larger, slower, with drivers for e1000 and
other emulated cards and for AHCI.
TEXT
}

note() { echo "build.sh: $*"; }
fail() { echo "build.sh: $*" >&2; exit 1; }

quietly() {  # runs a command and shows what it said only when it fails
    "$@" >"$WORK/said" 2>&1 || { cat "$WORK/said" >&2; fail "failed: $*"; }
}

check_tools() {
    local tool missing=()
    for tool in apt-cache apt-get cpio depmod dropbear mcopy mke2fs mkfs.fat modprobe qemu-img sfdisk sha256sum syslinux zstd; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [ -x /bin/busybox ] || missing+=(/bin/busybox)
    [ -f /usr/lib/syslinux/mbr/mbr.bin ] || missing+=(mbr.bin)
    ((${#missing[@]} == 0)) || fail "missing: ${missing[*]}; install the packages of $HERE/packages.txt"
    # The package busybox puts itself in place of busybox-static; its program needs libraries that the guest has not.
    ! ldd /bin/busybox >/dev/null 2>&1 || fail "/bin/busybox is not static: install busybox-static instead of busybox"
    ((EUID == 0)) || fail "must run as root, so that the files in the guest belong to root"
}

kernel_package() {  # $1: linux-image-cloud-amd64 or its like; prints what it stands for today: "name=version"
    local package
    # Depends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)
    package=$(apt-cache show --no-all-versions "$1" 2>/dev/null |
        sed -n 's/^Depends: \(linux-image-[^ ]*\) (= \([^)]*\)).*/\1=\2/p')
    [ -n "$package" ] || fail "apt knows no $1; run apt-get update"
    echo "$package"
}

inputs_digest() {  # $1: kernel package
    {
        echo "$1"
        dpkg-query -W busybox-static dropbear-bin syslinux-common
        (cd "$HERE" && find build.sh guest -type f -printf '%m ' -exec sha256sum {} \; | sort -k 3)
    } | sha256sum | cut -d ' ' -f 1
}

is_current() {  # $1: digest
    local product
    [ "$(cat "$OUT/.stamp" 2>/dev/null)" = "$1" ] || return 1
    for product in "${PRODUCTS[@]}"; do [ -s "$OUT/$product" ] || return 1; done
}

unpack_kernel() {  # $1: name=version; sets KERNEL_VERSION
    mkdir "$WORK/deb" "$WORK/kernel"
    # Without the sandbox user, which may not write into a private folder.
    (cd "$WORK/deb" && quietly apt-get -q -o APT::Sandbox::User=root download "$1")
    dpkg-deb -x "$WORK"/deb/*.deb "$WORK/kernel"
    KERNEL_VERSION=$(ls "$WORK/kernel/lib/modules")
    depmod -b "$WORK/kernel" "$KERNEL_VERSION"
    cp "$WORK/kernel/boot/vmlinuz-$KERNEL_VERSION" "$WORK/vmlinuz"
}

copy_modules() {  # $1: tree; the rest: modules, whose dependencies come along
    local tree=$1 module file
    shift
    for module in "$@"; do
        modprobe -d "$WORK/kernel" -S "$KERNEL_VERSION" --show-depends "$module" | awk '$1 == "insmod" {print $2}'
    done | sort -u | while read -r file; do
        install -D -m 644 "$file" "$tree/${file#"$WORK/kernel/"}"
    done
    cp "$WORK/kernel/lib/modules/$KERNEL_VERSION"/modules.{builtin,order} "$tree/lib/modules/$KERNEL_VERSION/"
    quietly depmod -b "$tree" "$KERNEL_VERSION"
    rm "$tree/lib/modules/$KERNEL_VERSION"/modules.*.bin
}

copy_busybox() {  # $1: tree; the rest: applets to link
    local tree=$1 applet
    shift
    mkdir -p "$tree/bin" "$tree/sbin"
    cp /bin/busybox "$tree/bin/busybox"
    for applet in "$@"; do [ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"; done
    # The kernel asks for modules by this path.
    ln -s ../bin/busybox "$tree/sbin/modprobe"
}

copy_program() {  # $1: tree, $2: program; its libraries come along
    local library
    install -D -m 755 "$2" "$1/usr/sbin/${2##*/}"
    ldd "$2" | grep -o '/[^ ]*' | while read -r library; do
        [ -e "$1$library" ] || install -D -m 755 "$library" "$1$library"
    done
}

make_ramdisk() {
    local tree=$WORK/ramdisk
    mkdir -p "$tree"/{dev,newroot,proc,sys}
    copy_busybox "$tree" cat findfs ls modprobe mount sh switch_root tr usleep
    copy_modules "$tree" "${ramdisk_modules[@]}"
    cp "$HERE/guest/initramfs/init" "$tree/init"
    (cd "$tree" && find . | sort | cpio --quiet -o -H newc -R 0:0) | zstd -q -19 >"$WORK/initrd.zst"
}

make_root() {
    local tree=$WORK/root name
    mkdir -p "$tree"/{dev,etc/dropbear,lib64,mnt,proc,root/.ssh,run,sys,tmp,var/lib/guest,var/log}
    mkdir -p "$tree"/etc/network/if-{up,down,pre-up,post-down}.d
    ln -s ../run "$tree/var/run"
    chmod 700 "$tree/root" "$tree/root/.ssh"
    chmod 1777 "$tree/tmp"
    mapfile -t applets < <(/bin/busybox --list)
    copy_busybox "$tree" "${applets[@]}"
    for name in getty halt init poweroff reboot; do ln -s ../bin/busybox "$tree/sbin/$name"; done
    copy_program "$tree" "$(command -v dropbear)"
    copy_program "$tree" "$(command -v dropbearkey)"
    copy_modules "$tree" "${guest_modules[@]}"
    cp -r "$HERE/guest/root/." "$tree/"
    chown -R 0:0 "$tree"
    chmod 600 "$tree/etc/shadow"
    truncate -s "${ROOT_MIB}M" "$WORK/root.ext4"
    mke2fs -q -t ext4 -L "$ROOT_LABEL" -m 0 -J size=1 -b 1024 -d "$tree" "$WORK/root.ext4"
}

# An MBR, a FAT16 partition with syslinux, kernel and ramdisk, and the root file system.
make_disk() {
    local disk=$WORK/disk.raw boot_start=2048 boot_size=$((BOOT_MIB * 2048)) root_size=$((ROOT_MIB * 2048))
    truncate -s $((1 + BOOT_MIB + ROOT_MIB))M "$disk"
    sfdisk -q "$disk" <<TABLE
label: dos
start=$boot_start, size=$boot_size, type=6, bootable
start=$((boot_start + boot_size)), size=$root_size, type=83
TABLE
    dd if=/usr/lib/syslinux/mbr/mbr.bin of="$disk" bs=440 count=1 conv=notrunc status=none
    quietly mkfs.fat -F 16 -n GUESTBOOT --offset $boot_start "$disk" $((BOOT_MIB * 1024))
    cat >"$WORK/syslinux.cfg" <<CONFIG
DEFAULT guest
PROMPT 0
LABEL guest
 KERNEL vmlinuz
 INITRD initrd.zst
 APPEND root=LABEL=$ROOT_LABEL console=tty0 console=ttyS0 quiet no_timer_check cryptomgr.notests
CONFIG
    MTOOLS_SKIP_CHECK=1 mcopy -i "$disk@@1M" "$WORK/vmlinuz" "$WORK/initrd.zst" "$WORK/syslinux.cfg" ::
    syslinux --install --offset $((boot_start * 512)) "$disk"
    dd if="$WORK/root.ext4" of="$disk" bs=1M seek=$((1 + BOOT_MIB)) conv=notrunc,sparse status=none
    qemu-img convert -f raw -O qcow2 -c "$disk" "$WORK/disk.qcow2"
}

publish() {  # $1: digest
    local product
    rm -f "$OUT/.stamp"
    for product in "${PRODUCTS[@]}"; do
        chmod 644 "$WORK/$product"
        mv "$WORK/$product" "$OUT/$product"
    done
    echo "$1" >"$OUT/.stamp"
}

main() {
    local force=no kernel=linux-image-cloud-amd64 package digest
    local -a ramdisk_modules=("${RAMDISK_MODULES[@]}") guest_modules=("${GUEST_MODULES[@]}")
    OUT=
    while (($#)); do
        case $1 in
            --help | -h) usage; exit 0 ;;
            --force) force=yes ;;
            --generic)
                kernel=linux-image-amd64
                ramdisk_modules+=("${GENERIC_RAMDISK_MODULES[@]}")
                guest_modules+=("${GENERIC_RAMDISK_MODULES[@]}" "${GENERIC_GUEST_MODULES[@]}")
                ;;
            -*) usage >&2; exit 2 ;;
            *) [ -z "$OUT" ] || { usage >&2; exit 2; }; OUT=$1 ;;
        esac
        shift
    done
    [ -n "$OUT" ] || { usage >&2; exit 2; }
    check_tools
    mkdir -p "$OUT"
    OUT=$(cd "$OUT" && pwd)
    package=$(kernel_package "$kernel")
    digest=$(inputs_digest "$package")
    if [ "$force" = no ] && is_current "$digest"; then
        note "up to date: $OUT ($package)"
        return
    fi
    # Beside the products, so that the last step is a rename.
    WORK=$(mktemp -d "$OUT/.build.XXXXXX")
    trap 'rm -rf "$WORK"' EXIT
    unpack_kernel "$package"
    make_ramdisk
    make_root
    make_disk
    publish "$digest"
    note "built $OUT from $package in $SECONDS s"
    (cd "$OUT" && ls -ls "${PRODUCTS[@]}")
}

main "$@"
