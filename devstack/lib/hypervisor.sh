# Hardware virtualization only where it is really there: some machines offer a /dev/kvm that hangs.

step_hypervisor() {
    if [[ $VIRT_TYPE == auto ]]; then
        if cpu_offers_kvm && kernel_starts_under_kvm; then echo kvm; else echo qemu; fi
    else
        echo "$VIRT_TYPE"
    fi >"$DATA/virt_type"
    cat "$DATA/virt_type"
}

cpu_offers_kvm() { [[ -e /dev/kvm ]] && grep -qwE '^flags.*(vmx|svm)' /proc/cpuinfo; }

# A guest kernel that says a word on its serial port within the time is proof; then it is ended.
kernel_starts_under_kvm() {
    local serial=$RUN/kvm-serial.log
    rm -f "$serial"
    timeout -s KILL 8 qemu-system-x86_64 -accel kvm -m 128 -nodefaults -display none -no-reboot -net none \
        -serial "file:$serial" -kernel "$IMAGE_DIR/vmlinuz" -append 'console=ttyS0 panic=-1' </dev/null || true
    grep -q 'Linux version' "$serial" 2>/dev/null
}
