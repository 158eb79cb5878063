"""The same request with the same token is answered as before, and makes nothing; lists hide other projects' servers."""

import pytest
from sqlalchemy import func, select

from nova.conductor import flavors
from nova.conductor.db.tables import client_tokens, instances
from nova.conductor.servers.endpoint import ServerEndpoint
from nova.contracts.errors import BadRequest, Conflict
from nova.contracts.flavor import Flavor
from nova.contracts.image import Image
from nova.contracts.record import Page
from nova.contracts.server import ServerFilter, ServerRequest
from tests.functional.conductor.fakes import IdleRunner
from tests.functional.conductor.rows import add_server, admin, all_at_once, user_context

OWNER = user_context()
STRANGER = user_context(project="p2")
SECRET = "Sesam-0effne-d1ch"


@pytest.fixture
def servers(database, conf):
    small = Flavor(flavorid="1", name="small", memory_mb=512, vcpus=1, root_gb=1)
    database.transaction(lambda conn: flavors.create(conn, small))
    return ServerEndpoint(database, conf, IdleRunner())


def create(servers, who=OWNER, token="t", digest="d"):
    request = ServerRequest(
        name="one",
        flavorid="1",
        image=Image(id="i"),
        admin_password=SECRET,
        client_token=token,
        client_digest=digest,
    )
    return servers.create(who, request=request)


def count(database, column):
    return database.read(lambda conn: conn.execute(select(func.count(column))).scalar_one())


def test_asked_again_it_answers_the_same_without_the_password(servers, database):
    first, again = create(servers), create(servers)
    assert (again.servers, again.reservation_id, again.again) == (first.servers, first.reservation_id, True)
    assert (first.admin_password, again.admin_password) == (SECRET, None)
    assert count(database, instances.c.id) == 1
    kept = database.read(lambda conn: conn.execute(select(client_tokens)).one())
    assert SECRET not in str(kept)


def test_another_request_with_the_token_is_refused(servers, database):
    create(servers)
    with pytest.raises(Conflict, match="X-Client-Token was used before with another body"):
        create(servers, digest="another")
    assert count(database, instances.c.id) == 1


def test_a_token_is_its_projects(servers, database):
    mine, theirs = create(servers), create(servers, STRANGER, digest="another")
    assert mine.servers != theirs.servers and not theirs.again


def test_of_many_at_once_one_is_made(servers, database):
    answers = all_at_once(*[lambda: create(servers)] * 4)
    assert len({tuple(answer.servers) for answer in answers}) == 1
    assert sorted(answer.again for answer in answers) == [False, True, True, True]
    assert count(database, instances.c.id) == 1


def listed(servers, who, marker=None, **narrowed):
    found = servers.find(who, filters=ServerFilter(**narrowed), page=Page(limit=10, marker=marker), full=False)
    return {server.uuid for server in found}


def test_a_list_is_the_projects_unless_an_administrator_asks_for_all(servers, database):
    mine = database.transaction(lambda conn: add_server(conn, hostname="one", display_name="one"))
    theirs = database.transaction(lambda conn: add_server(conn, project="p2", hostname="two", display_name="two"))
    assert listed(servers, OWNER) == listed(servers, OWNER, all_projects=True) == {mine}
    assert listed(servers, admin()) == set()
    assert listed(servers, admin(), all_projects=True) == {mine, theirs}
    with pytest.raises(BadRequest, match=f"marker .{theirs}. not found"):
        listed(servers, OWNER, marker=theirs)
    assert listed(servers, admin(), marker=theirs, all_projects=True) <= {mine}
