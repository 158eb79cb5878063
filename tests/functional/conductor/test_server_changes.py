"""What changes without a task: metadata, tags, names; and who may begin what on a server in which state."""

import pytest
from sqlalchemy import select, update

from nova.conductor.db.tables import clock, instances
from nova.conductor.servers.endpoint import ServerEndpoint
from nova.contracts.errors import (
    BadRequest,
    InvalidState,
    NotFound,
    ServerLocked,
    ServerNotFound,
    ServerNotReady,
    TooManyOf,
)
from nova.contracts.server import ServerChange
from tests.functional.conductor.fakes import IdleRunner
from tests.functional.conductor.rows import add_server, admin, user_context

OWNER = user_context()
STRANGER = user_context(project="p2")


@pytest.fixture
def runner():
    return IdleRunner()


@pytest.fixture
def servers(database, conf, runner):
    return ServerEndpoint(database, conf, runner)


@pytest.fixture
def server(database):
    return database.transaction(lambda conn: add_server(conn, host="host1", launched_at=clock()))


def put(database, **values):
    database.transaction(lambda conn: conn.execute(update(instances).values(**values)))


def updated_at(database, server):
    query = select(instances.c.updated_at).where(instances.c.uuid == server)
    return database.read(lambda conn: conn.execute(query).scalar_one())


def test_metadata_is_added_replaced_and_taken_away(servers, server, database):
    before = updated_at(database, server)
    assert servers.set_metadata(OWNER, server=server, metadata={"a": "1", "b": "2"}, replace=False) == {
        "a": "1",
        "b": "2",
    }
    assert servers.set_metadata(OWNER, server=server, metadata={"b": "3", "c": "4"}, replace=False) == {
        "a": "1",
        "b": "3",
        "c": "4",
    }
    servers.delete_metadata(OWNER, server=server, key="a")
    assert servers.get(OWNER, server=server).metadata == {"b": "3", "c": "4"}
    with pytest.raises(NotFound, match="Metadata item a"):
        servers.delete_metadata(OWNER, server=server, key="a")
    assert servers.set_metadata(OWNER, server=server, metadata={"d": "5"}, replace=True) == {"d": "5"}
    assert servers.get(OWNER, server=server).metadata == {"d": "5"}
    assert updated_at(database, server) != before


def test_metadata_is_bounded_whatever_was_there(servers, server):
    servers.set_metadata(OWNER, server=server, metadata={str(n): "x" for n in range(128)}, replace=True)
    servers.set_metadata(OWNER, server=server, metadata={"0": "y"}, replace=False)
    with pytest.raises(TooManyOf, match=r"metadata items exceeded\. At most 128"):
        servers.set_metadata(OWNER, server=server, metadata={"new": "x"}, replace=False)
    assert "new" not in servers.get(OWNER, server=server).metadata


def test_tags_are_set_added_and_taken_away(servers, server):
    assert servers.set_tags(OWNER, server=server, tags=["b", "a", "b"]) == ["a", "b"]
    assert servers.add_tag(OWNER, server=server, tag="c") is True
    assert servers.add_tag(OWNER, server=server, tag="c") is False
    servers.delete_tag(OWNER, server=server, tag="a")
    assert servers.get(OWNER, server=server).tags == ["b", "c"]
    with pytest.raises(NotFound, match="Tag a"):
        servers.delete_tag(OWNER, server=server, tag="a")
    assert servers.set_tags(OWNER, server=server, tags=[]) == []


def test_tags_are_bounded(servers, server):
    fifty = [str(n) for n in range(50)]
    assert len(servers.set_tags(OWNER, server=server, tags=fifty)) == 50
    for change in (lambda: servers.add_tag(OWNER, server=server, tag="more"),
                   lambda: servers.set_tags(OWNER, server=server, tags=[*fifty, "more"])):  # fmt: skip
        with pytest.raises(BadRequest, match="per-server limit 50"):
            change()
    assert len(servers.get(OWNER, server=server).tags) == 50


CHANGES = {
    "rename": lambda do, who, id: do.update(who, server=id, change=ServerChange(fields=["name"], name="new")),
    "metadata": lambda do, who, id: do.set_metadata(who, server=id, metadata={"a": "1"}, replace=True),
    "metadata key": lambda do, who, id: do.delete_metadata(who, server=id, key="a"),
    "tags": lambda do, who, id: do.set_tags(who, server=id, tags=["a"]),
    "tag": lambda do, who, id: do.add_tag(who, server=id, tag="b"),
    "stop": lambda do, who, id: do.begin(who, server=id, action="stop", arguments={}),
    "delete": lambda do, who, id: do.begin(who, server=id, action="delete", arguments={}),
}
MINDS_LOCK = {"metadata", "metadata key", "stop", "delete"}
EVERY_CHANGE = pytest.mark.parametrize("change", CHANGES)


@EVERY_CHANGE
def test_a_stranger_finds_no_server(servers, server, database, runner, change):
    with pytest.raises(ServerNotFound, match=server):
        CHANGES[change](servers, STRANGER, server)
    shown = servers.get(OWNER, server=server)
    assert (shown.name, shown.metadata, shown.tags, shown.task_state, runner.ran) == (None, {}, [], None, [])


@EVERY_CHANGE
def test_a_lock_keeps_the_owner_out_where_it_counts_and_never_an_administrator(servers, server, database, change):
    servers.set_metadata(OWNER, server=server, metadata={"a": "1"}, replace=True)
    put(database, locked=True)
    if change in MINDS_LOCK:
        with pytest.raises(ServerLocked, match=f"Instance {server} is locked"):
            CHANGES[change](servers, OWNER, server)
        assert servers.get(OWNER, server=server).task_state is None
        CHANGES[change](servers, admin(), server)
    else:
        CHANGES[change](servers, OWNER, server)


@pytest.mark.parametrize(
    ("state", "change", "error", "words"),
    [
        ({"vm_state": "stopped"}, "stop", InvalidState, "Cannot 'stop' instance .* while it is in vm_state stopped"),
        ({"task_state": "rebooting"}, "stop", InvalidState, "while it is in task_state rebooting"),
        ({"launched_at": None}, "stop", InvalidState, "while it is in launched_at None"),
        ({"launched_at": None}, "metadata", InvalidState, "while it is in launched_at None"),
        ({"vm_state": "error"}, "metadata", InvalidState, "Cannot 'update metadata' .* in vm_state error"),
        ({"vm_state": "error"}, "tags", InvalidState, "Cannot 'update tags' .* in vm_state error"),
        ({"host": None}, "stop", ServerNotReady, "is not ready"),
    ],
)
def test_what_may_not_begin_changes_nothing(servers, server, database, runner, state, change, error, words):
    put(database, **state)
    with pytest.raises(error, match=words):
        CHANGES[change](servers, OWNER, server)
    shown = servers.get(OWNER, server=server)
    assert (shown.task_state, shown.metadata, shown.tags) == (state.get("task_state"), {}, [])
    assert runner.ran == []


@pytest.mark.parametrize(
    ("state", "change"),
    [
        ({"task_state": "rebooting"}, "metadata"),
        ({"launched_at": None}, "tags"),
        ({"vm_state": "error"}, "stop"),
        ({"vm_state": "error", "task_state": "spawning", "launched_at": None, "host": None}, "delete"),
    ],
)
def test_what_may_begin_does(servers, server, database, runner, state, change):
    put(database, **state)
    CHANGES[change](servers, OWNER, server)
    shown = servers.get(OWNER, server=server)
    assert [bool(shown.metadata), bool(shown.tags), bool(runner.ran)].count(True) == 1


def test_a_begun_action_marks_the_server_and_is_run(servers, server, runner):
    servers.begin(OWNER, server=server, action="stop", arguments={})
    assert servers.get(OWNER, server=server).task_state == "powering-off"
    assert len(runner.ran) == 1 and runner.given_up == []
    with pytest.raises(InvalidState, match="task_state powering-off"):
        servers.begin(OWNER, server=server, action="stop", arguments={})
    stopping = runner.ran.pop()
    servers.begin(OWNER, server=server, action="delete", arguments={})
    # The delete waits for the stop, which gives up.
    assert (runner.ran, runner.given_up) == ([], [stopping])
    servers.begin(OWNER, server=server, action="delete", arguments={})
    assert (runner.ran, runner.given_up) == ([], [stopping])


def test_an_unknown_action_is_refused(servers, server):
    with pytest.raises(BadRequest, match="There is no such action: explode"):
        servers.begin(OWNER, server=server, action="explode", arguments={})
