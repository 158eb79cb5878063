from nova.api.web.token_cache import TokenCache


def test_entries_last_for_their_time():
    cache = TokenCache()
    cache.set("a", b"1", time=100)
    cache.set("b", b"2", time=0)
    assert cache.get("a") == b"1" and cache.get("b") is None and cache.get("c") is None


def test_the_longest_unused_goes_first():
    cache = TokenCache(most=2)
    cache.set("a", b"1")
    cache.set("b", b"2")
    cache.get("a")
    cache.set("c", b"3")
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (b"1", None, b"3")
