# Keystone under uWSGI on port 5000, and the accounts and endpoints this cloud needs.

KEYSTONE_ETC=$ETC/keystone

step_keystone() {
    keystone_configure
    stamped "$DATA/keystone/.made" "$(keystone_version)" keystone_make
    uwsgi_service keystone 5000 keystone.wsgi.api:application 2 \
        "OS_KEYSTONE_CONFIG_DIR=$KEYSTONE_ETC" "$KEYSTONE_ETC/keystone.conf"
    services_up keystone
    wait_for_service 60 keystone http_answers "$IDENTITY_URL"
}

step_accounts() {
    # By the environment, not by "env": its arguments would show in the process list.
    export ADMIN_PASSWORD DEMO_PASSWORD SERVICE_PASSWORD
    in_cloud "$VENV_CLIENTS/bin/python" "$DEVSTACK/setup/accounts.py" --auth-url "$IDENTITY_URL" --region "$REGION" \
        --endpoint "compute=$COMPUTE_URL" --endpoint "image=$IMAGE_API_URL"
}

keystone_configure() {
    install -d -m 0700 "$KEYSTONE_ETC" "$DATA/keystone"
    write_if_changed "$KEYSTONE_ETC/keystone.conf" 600 <<CONF
[DEFAULT]
use_stderr = true
[database]
connection = $(database_url keystone)
[fernet_tokens]
key_repository = $DATA/keystone/fernet-keys
[fernet_receipts]
key_repository = $DATA/keystone/fernet-keys
[credential]
key_repository = $DATA/keystone/credential-keys
[token]
expiration = 43200
CONF
}

keystone_version() { package_version keystone; database_url keystone; }

# The tables, the keys and the first administrator. Each command may be run again.
keystone_make() {
    local manage="$VENV_OPENSTACK/bin/keystone-manage" schema
    # Two commands at a time: each spends most of its time on importing.
    in_cloud "$manage" --config-dir "$KEYSTONE_ETC" db_sync & schema=$!
    "$manage" --config-dir "$KEYSTONE_ETC" fernet_setup --keystone-user root --keystone-group root
    "$manage" --config-dir "$KEYSTONE_ETC" credential_setup --keystone-user root --keystone-group root
    wait "$schema"
    local -x OS_BOOTSTRAP_PASSWORD=$ADMIN_PASSWORD
    in_cloud "$manage" --config-dir "$KEYSTONE_ETC" bootstrap \
        --bootstrap-region-id "$REGION" --bootstrap-admin-url "$IDENTITY_URL" \
        --bootstrap-internal-url "$IDENTITY_URL" --bootstrap-public-url "$IDENTITY_URL"
}
