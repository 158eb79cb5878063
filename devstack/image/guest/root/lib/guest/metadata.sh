# What the cloud says about this server: from the config drive, else the metadata service, else its EC2 tree.
# Leaves META, one "path<TAB>value" a line, USER_DATA, and metadata_from: drive, service, ec2 or none.

META=/run/meta_data.tsv
USER_DATA=/run/user_data
SERVICE=http://169.254.169.254
TAB=$(printf '\t')

meta() {  # value of one path, with JSON's escapes resolved; fails when there is none
    [ -f $META ] || return 1
    while IFS=$TAB read -r path value; do
        [ "$path" = "$1" ] && { printf '%b\n' "$value"; return 0; }
    done < $META
    return 1
}

get() {  # $1: path on the service, $2: file
    # `timeout` because the -T of this busybox's wget crashes.
    timeout 5 wget -q -O "$2" "$SERVICE$1" 2>/dev/null || { rm -f "$2"; return 1; }
}

fetch() {  # $1: path below openstack/, $2: file
    case $metadata_from in
        drive) cp "$CONFIG/openstack$1" "$2" 2>/dev/null ;;
        service) get "/openstack$1" "$2" ;;
        *) return 1 ;;
    esac
}

read_metadata() {
    metadata_from=none
    if [ -f $CONFIG/openstack/latest/meta_data.json ]; then
        metadata_from=drive
        awk -f /lib/guest/json.awk $CONFIG/openstack/latest/meta_data.json > $META
    elif ip route get "${SERVICE#http://}" > /dev/null 2>&1; then
        ask_service || ask_ec2
    fi
    case $metadata_from in
        drive | service) fetch /latest/user_data $USER_DATA ;;
        ec2) get /latest/user-data $USER_DATA ;;
    esac
    say "metadata from $metadata_from, uuid $(meta uuid)"
}

ask_service() {
    for try in 1 2 3; do
        if get /openstack/latest/meta_data.json /run/meta_data.json; then
            awk -f /lib/guest/json.awk /run/meta_data.json > $META
            metadata_from=service
            return 0
        fi
        sleep $((try - 1))
    done
    return 1
}

ask_ec2() {
    get /latest/meta-data/instance-id /run/ec2.id || return 1
    metadata_from=ec2
    {
        printf 'uuid\t%s\n' "$(cat /run/ec2.id)"
        get /latest/meta-data/hostname /run/ec2.value && printf 'hostname\t%s\n' "$(cat /run/ec2.value)"
        get /latest/meta-data/public-keys/0/openssh-key /run/ec2.value &&
            printf 'public_keys.ec2\t%s\n' "$(cat /run/ec2.value)"
    } > $META
}
