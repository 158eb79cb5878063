"""Quotas: the order of limits, counting, and many who create at once."""

import pytest
from sqlalchemy import func, select

from nova.conductor import quotas
from nova.conductor.db.tables import instances
from nova.conductor.quota_endpoint import QuotaEndpoint
from nova.contracts.errors import BadRequest, OverQuota
from tests.functional.conductor.rows import add_server, admin, all_at_once, user_context

ONE = {"instances": 1, "cores": 1, "ram": 512}


@pytest.fixture
def endpoint(database, conf):
    return QuotaEndpoint(database, conf)


def set_limits(endpoint, user=None, force=False, project="p1", **limits):
    return endpoint.set_limits(admin(), project_id=project, limits=limits, user_id=user, force=force)


def test_limits_come_from_user_project_class_settings(endpoint):
    assert endpoint.usages(admin(), project_id="p1")["cores"].limit == 20
    endpoint.set_class_limits(admin(), name="default", limits={"cores": 30, "ram": 1000})
    assert endpoint.defaults(admin())["cores"] == 30
    assert endpoint.usages(admin(), project_id="p1")["cores"].limit == 30
    set_limits(endpoint, cores=40)
    set_limits(endpoint, user="u1", cores=35)
    assert endpoint.usages(admin(), project_id="p1")["cores"].limit == 40
    assert endpoint.usages(admin(), project_id="p1", user_id="u1")["cores"].limit == 35
    assert endpoint.usages(admin(), project_id="p1", user_id="u2")["cores"].limit == 40
    assert endpoint.usages(admin(), project_id="p1")["ram"].limit == 1000
    assert endpoint.usages(admin(), project_id="p2")["cores"].limit == 30


def test_limits_are_forgotten(endpoint):
    set_limits(endpoint, cores=40)
    set_limits(endpoint, user="u1", cores=35)
    endpoint.delete_limits(admin(), project_id="p1", user_id="u1")
    assert endpoint.usages(admin(), project_id="p1", user_id="u1")["cores"].limit == 40
    endpoint.delete_limits(admin(), project_id="p1")
    assert endpoint.usages(admin(), project_id="p1")["cores"].limit == 20


def test_every_resource_of_the_api_is_there(endpoint):
    words = set(endpoint.defaults(admin()))
    assert words == {
        "instances", "cores", "ram", "floating_ips", "fixed_ips", "metadata_items", "injected_files",
        "injected_file_content_bytes", "injected_file_path_bytes", "security_groups", "security_group_rules",
        "key_pairs", "server_groups", "server_group_members",
    }  # fmt: skip
    assert set(endpoint.class_limits(admin(), name="gold")) == words


def test_use_is_counted_from_live_rows(endpoint, database):
    def servers(conn):
        add_server(conn, vcpus=2, memory_mb=1024)
        add_server(conn, user="u2", vcpus=3)
        add_server(conn, project="p2", vcpus=5)
        add_server(conn, vcpus=7, deleted=1)

    database.transaction(servers)
    of_project = endpoint.usages(admin(), project_id="p1")
    assert [of_project[name].in_use for name in ONE] == [2, 5, 1536]
    of_user = endpoint.usages(admin(), project_id="p1", user_id="u1")
    assert [of_user[name].in_use for name in ONE] == [1, 2, 1024]


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"colour": 1}, "no quota named colour"),
        ({"cores": -2}, "between -1"),
        ({"cores": 1 << 31}, "between -1"),
        ({"cores": 1}, "already used and reserved 2"),
    ],
)
def test_limits_that_make_no_sense_are_refused(endpoint, database, limits, says):
    database.transaction(lambda conn: add_server(conn, vcpus=2))
    with pytest.raises(BadRequest, match=says):
        set_limits(endpoint, **limits)
    assert endpoint.usages(admin(), project_id="p1")["cores"].limit == 20


def test_force_allows_less_than_is_used(endpoint, database):
    database.transaction(lambda conn: add_server(conn, vcpus=2))
    assert set_limits(endpoint, force=True, cores=1)["cores"].limit == 1
    assert set_limits(endpoint, cores=-1)["cores"].limit == -1


@pytest.mark.parametrize("limit", [21, -1])
def test_a_user_gets_no_more_than_the_project(endpoint, limit):
    with pytest.raises(BadRequest, match="less than or equal to 20"):
        set_limits(endpoint, user="u1", cores=limit)


def test_a_refusal_says_what_of_what(database, conf):
    conf.set_override("quota_cores", 3)
    database.transaction(lambda conn: add_server(conn, vcpus=2))

    def ask(deltas):
        return database.transaction(lambda conn: quotas.check(conn, conf, user_context(), deltas))

    assert ask({"instances": 1, "cores": 1, "ram": 1})["metadata_items"] == 128
    with pytest.raises(OverQuota) as refused:
        ask({"instances": 10, "cores": 2, "ram": 1})
    assert str(refused.value) == (
        "Quota exceeded for cores, instances: Requested 2, 10, but already used 2, 1 of 3, 10 cores, instances"
    )


def test_as_many_as_fit(database, conf):
    def fit(minimum, maximum):
        return database.transaction(lambda conn: quotas.fit(conn, conf, user_context(), ONE, minimum, maximum))[0]

    assert fit(1, 4) == 4
    assert fit(1, 40) == 10
    with pytest.raises(OverQuota, match="Requested 11"):
        fit(11, 40)
    conf.set_override("quota_instances", -1)
    assert fit(1, 40) == 20


def test_a_users_own_limit_counts_only_the_users(endpoint, database, conf):
    set_limits(endpoint, user="u1", instances=1)
    database.transaction(lambda conn: add_server(conn, user="u2"))

    def ask():
        return database.transaction(lambda conn: quotas.check(conn, conf, user_context(), ONE))

    assert ask()["instances"] == 1
    database.transaction(lambda conn: add_server(conn, user="u1"))
    with pytest.raises(OverQuota, match="already used 1 of 1"):
        ask()


def test_no_limit_is_no_limit(endpoint, database, conf):
    set_limits(endpoint, instances=-1, cores=-1, ram=-1)
    database.transaction(lambda conn: quotas.check(conn, conf, user_context(), {"instances": 10**6, "cores": 10**6}))


def test_of_many_at_once_only_as_many_as_the_quota_allows(database, conf):
    conf.set_override("quota_instances", 3)

    def create():
        def work(conn):
            quotas.check(conn, conf, user_context(), ONE)
            return add_server(conn)

        return database.transaction(work)

    ends = all_at_once(*[create] * 10)
    assert sum(isinstance(end, str) for end in ends) == 3
    assert sum(isinstance(end, OverQuota) for end in ends) == 7
    assert database.read(lambda conn: conn.execute(select(func.count()).select_from(instances)).scalar_one()) == 3
