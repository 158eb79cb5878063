# The ssh server, and its host key on the console so that a user can check it.

HOST_KEY=/etc/dropbear/hostkey

start_ssh() {
    [ -s $HOST_KEY ] || dropbearkey -t ed25519 -f $HOST_KEY > /dev/null 2>&1
    # Prints "Public key portion is:", the key, and "Fingerprint: SHA256:...".
    dropbearkey -y -f $HOST_KEY > /run/hostkey.pub 2>/dev/null
    say "-----BEGIN SSH HOST KEY KEYS-----"
    say "$(grep '^ssh-' /run/hostkey.pub)"
    say "-----END SSH HOST KEY KEYS-----"
    say "ssh host key ed25519 $(sed -n 's/^Fingerprint: *//p' /run/hostkey.pub)"
    dropbear -r $HOST_KEY -P /run/dropbear.pid && say "ssh listens"
}
