# Glance under uWSGI on port 9292, images as files.

GLANCE_ETC=$ETC/glance

step_glance() {
    local flavor=
    install -d -m 0700 "$GLANCE_ETC" "$DATA/glance"
    mkdir -p "$DATA/glance"/{images,tasks,staging}
    if [[ $AUTH == keystone ]]; then flavor=keystone; fi
    write_if_changed "$GLANCE_ETC/glance-api.conf" 600 <<CONF
[DEFAULT]
use_stderr = true
bind_host = $CLOUD_IP
enabled_backends = fs:file
worker_self_reference_url = $IMAGE_API_URL
[database]
connection = $(database_url glance)
[glance_store]
default_backend = fs
[fs]
filesystem_store_datadir = $DATA/glance/images
[os_glance_tasks_store]
filesystem_store_datadir = $DATA/glance/tasks
[os_glance_staging_store]
filesystem_store_datadir = $DATA/glance/staging
[paste_deploy]
flavor = $flavor
config_file = $VENV_OPENSTACK/etc/glance/glance-api-paste.ini
[keystone_authtoken]
$(service_credentials glance)
www_authenticate_uri = $IDENTITY_URL
[oslo_policy]
policy_file = $GLANCE_ETC/policy.json
CONF
    if [[ $AUTH == noauth2 ]]; then glance_open_policy | write_if_changed "$GLANCE_ETC/policy.json"; fi
    stamped "$DATA/glance/.made" "$(glance_version)" glance_make
    uwsgi_service glance 9292 glance.wsgi.api:application 1 \
        "OS_GLANCE_CONFIG_DIR=$GLANCE_ETC" "$GLANCE_ETC/glance-api.conf"
    services_up glance
    wait_for_service 60 glance http_answers "$IMAGE_API_URL/versions"
}

# Without Keystone nobody has a role, and Glance's own rules would let nobody in.
glance_open_policy() {
    "$VENV_OPENSTACK/bin/python" -c \
        'import json; from glance import policies; print(json.dumps({rule.name: "@" for rule in policies.list_rules()}))'
}

glance_version() { package_version glance; database_url glance; }

glance_make() { in_cloud "$VENV_OPENSTACK/bin/glance-manage" --config-dir "$GLANCE_ETC" db_sync; }

# The lines by which a service logs in at Keystone as itself.
service_credentials() {
    cat <<CONF
auth_type = password
auth_url = $IDENTITY_URL
username = $1
password = $SERVICE_PASSWORD
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = $REGION
CONF
}
