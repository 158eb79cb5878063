# The test guest and any other image: made or fetched, and put into Glance.

IMAGE_DIR=$VENVS/test-image
EXTRA_IMAGE_DIR=$DATA/images

image_packages() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$DEVSTACK/image/packages.txt"; }

step_image() {
    mkdir -p "$IMAGE_DIR"
    with_install_lock image "$DEVSTACK/image/build.sh" "$IMAGE_DIR"
}

step_images() {
    local -a arguments=()
    if [[ $VIRT_DRIVER == libvirt ]]; then
        arguments+=(--kernel "$IMAGE_DIR/vmlinuz" --ramdisk "$IMAGE_DIR/initrd.zst" --root "$IMAGE_DIR/root.ext4"
            --disk "$IMAGE_DIR/disk.qcow2")
    else
        # The fake driver boots nothing: any bytes in the right format do.
        mkdir -p "$EXTRA_IMAGE_DIR"
        [[ -f $EXTRA_IMAGE_DIR/fake.qcow2 ]] || qemu-img create -q -f qcow2 "$EXTRA_IMAGE_DIR/fake.qcow2" 16M
        arguments+=(--disk "$EXTRA_IMAGE_DIR/fake.qcow2")
    fi
    if [[ -n $IMAGE_URL ]]; then
        fetch_image
        arguments+=(--extra "$EXTRA_IMAGE_DIR/$(extra_image_name)")
    fi
    setup_script admin images.py --image-url "$IMAGE_API_URL" "${arguments[@]}"
}

extra_image_name() { basename "${IMAGE_URL%%[?#]*}"; }

fetch_image() {
    local file
    file=$EXTRA_IMAGE_DIR/$(extra_image_name)
    mkdir -p "$EXTRA_IMAGE_DIR"
    [[ -f $file ]] && return 0
    curl -fsSL --retry 3 --proto '=http,https,file' --max-filesize 20G -o "$file.part" "$IMAGE_URL"
    qemu-img info -f qcow2 "$file.part" >/dev/null
    mv "$file.part" "$file"
}

# setup_script USER SCRIPT ARGUMENT...: one of devstack/setup, in the cloud's network, with the user's login.
setup_script() {
    local user=$1 script=$2 password=$ADMIN_PASSWORD
    shift 2
    if [[ $user == demo ]]; then password=$DEMO_PASSWORD; fi
    # By the environment, not by "env": its arguments would show in the process list.
    local -x CLOUD_USER=$user CLOUD_PASSWORD=$password CLOUD_AUTH_URL=
    if [[ $AUTH == keystone ]]; then CLOUD_AUTH_URL=$IDENTITY_URL; fi
    in_cloud "$VENV_CLIENTS/bin/python" "$DEVSTACK/setup/$script" "$@"
}
