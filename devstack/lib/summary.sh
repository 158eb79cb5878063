# What the user can do next.

# The files that openrc reads: KEY=value lines.
write_openrc() {
    local user
    for user in admin demo; do
        openrc_lines "$user" | write_if_changed "$ETC/openrc-$user" 600
    done
}

openrc_lines() {
    local user=$1 password=$ADMIN_PASSWORD
    if [[ $user == demo ]]; then password=$DEMO_PASSWORD; fi
    echo "CLIENTS=$VENV_CLIENTS/bin"
    if [[ $AUTH == keystone ]]; then
        cat <<RC
OS_AUTH_URL=$IDENTITY_URL
OS_IDENTITY_API_VERSION=3
OS_USERNAME=$user
OS_PASSWORD=$password
OS_PROJECT_NAME=$user
OS_USER_DOMAIN_NAME=Default
OS_PROJECT_DOMAIN_NAME=Default
OS_REGION_NAME=$REGION
RC
    else
        # Without Keystone the token is the user and the project: nova's noauth2 reads it so. The nova command insists
        # on a project and on an address of Keystone, which it then never asks; OS_AUTH_TOKEN, OS_IMAGE_URL: glance.
        cat <<RC
OS_AUTH_TYPE=admin_token
OS_TOKEN=$user:$user
OS_ENDPOINT=$COMPUTE_URL
OS_IMAGE_ENDPOINT_OVERRIDE=$IMAGE_API_URL
OS_AUTH_URL=$COMPUTE_URL
NOVA_PROJECT_ID=$user
OS_AUTH_TOKEN=$user:$user
OS_IMAGE_URL=$IMAGE_API_URL
RC
    fi
}

# A few commands of the cloud's own, so that nobody has to remember namespaces and sockets.
write_commands() {
    mkdir -p "$DATA/bin"
    local enter=
    if [[ $HOST_NETWORK == 0 ]]; then enter="ip netns exec $NETNS "; fi
    printf '#!/bin/sh\nexec %s"$@"\n' "$enter" | write_if_changed "$DATA/bin/in-cloud" 755
    printf '#!/bin/sh\nexec %s -c %s "$@"\n' "$VENV_OPENSTACK/bin/supervisorctl" "$ETC/supervisord.conf" |
        write_if_changed "$DATA/bin/ctl" 755
    printf '#!/bin/sh\nexec virsh -c "%s" "$@"\n' "$LIBVIRT_URI" | write_if_changed "$DATA/bin/virsh" 755
    printf '#!/bin/sh\nexec %s%s --config-file %s --config-file %s "$@"\n' "$enter" "$VENV_NOVA/bin/nova-manage" \
        "$ETC/nova/nova.conf" "$ETC/nova/nova-conductor.conf" | write_if_changed "$DATA/bin/nova-manage" 755
}

summary() {
    case $MODE in
        install) say "installed in $SECONDS s; nothing was started"; return 0 ;;
    esac
    echo
    say "the cloud is up, $SECONDS seconds after the start"
    # The other scripts have to be told where the data is, as this one was.
    local data=
    [[ $DATA == /opt/nova-devstack ]] || data="DATA=$DATA "
    cat <<TEXT

  clients        ${data}source $DEVSTACK/openrc demo      (or admin)
                 openstack server list; nova list      from $VENV_CLIENTS
  credentials    $ETC/openrc-demo, $ETC/openrc-admin
TEXT
    if [[ $AUTH == keystone ]]; then echo "  Identity API   $IDENTITY_URL"; fi
    if [[ $MODE == all ]]; then echo "  Compute API    $COMPUTE_URL"; fi
    cat <<TEXT
  Image API      $IMAGE_API_URL
  logs           $LOGS
  daemons        $DATA/bin/ctl status
  inside         $DATA/bin/in-cloud COMMAND, $DATA/bin/virsh, $DATA/bin/nova-manage
  stop it all    ${data}$DEVSTACK/unstack.sh
TEXT
    if [[ $MODE == all && $DEMO == 1 ]]; then demo_summary; fi
}
