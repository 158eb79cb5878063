# Reports: one line each, beginning with "guest: ", on the serial console and on the screen.

say() {
    # Not /dev/console: that is only the last console= of the kernel command line.
    for terminal in ttyS0 tty1; do
        [ -c "/dev/$terminal" ] && printf 'guest: %s\n' "$*" 2>/dev/null > "/dev/$terminal"
    done
    return 0
}
