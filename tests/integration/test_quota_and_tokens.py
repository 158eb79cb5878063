"""Many requests at the same moment: limits hold, and what is asked twice is made once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.integration.people import Keystone, User

AT_ONCE = 20
DEFAULT_LIMIT = 10


def test_a_limit_holds(keystone: Keystone) -> None:
    """20 creates at once where 10 servers are allowed: exactly 10"""
    user = keystone.user(keystone.project("limited"), "member")
    user.token()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: user.send("POST", "/servers", user.wish()), range(AT_ONCE)))
    assert Counter(answer.status_code for answer in answers) == {202: DEFAULT_LIMIT, 403: AT_ONCE - DEFAULT_LIMIT}
    refused = next(answer for answer in answers if answer.status_code == 403)
    assert "Quota exceeded for instances" in refused.json()["forbidden"]["message"]
    assert len(user.servers()) == DEFAULT_LIMIT
    more = user.send("POST", "/servers", user.wish(min_count=2))
    assert more.status_code == 403
    user.clear()
    user.active(user.boot())
    user.clear()


def test_asked_twice_made_once(member: User) -> None:
    """X-Client-Token, side by side and later"""
    body, headers = member.wish(), {"X-Client-Token": "the-same"}
    before = set(member.servers())
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: member.send("POST", "/servers", body, headers=headers), range(5)))
    assert {answer.status_code for answer in answers} == {202}, [answer.text for answer in answers]
    servers = {answer.json()["server"]["id"] for answer in answers}
    assert len(servers) == 1 and set(member.servers()) - before == servers
    member.active(servers.pop())
    other = member.send("POST", "/servers", member.wish(), headers=headers)
    assert other.status_code in (400, 409, 422), other.text


def test_names_of_many(member: User) -> None:
    """One request for several: all or none"""
    before = len(member.servers())
    refused = member.send("POST", "/servers", member.wish(min_count=101, max_count=101))
    assert refused.status_code == 403
    assert len(member.servers()) == before
