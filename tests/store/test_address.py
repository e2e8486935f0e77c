"""ONETHREAD_REDIS_URL: what it may look like, and that what is wrong with it is said without the password."""

import pytest

from hub.store.address import Address, Login, UnusableUrl, parse, shown

THREE = (("a", 1), ("b", 2), ("10.0.0.3", 3))


@pytest.mark.parametrize("url", ["redis://h", "rediss://n:p%2F@h:1/2", "unix:///run/valkey.sock"])
def test_one_server_is_taken_as_it_is(url: str) -> None:
    assert parse(url) == Address("one", one=url)


def test_sentinels() -> None:
    it = parse("redis+sentinel://hub:p%40ss@a:1,b:2,10.0.0.3:3/main?db=2&sentinel_password=w%2F")
    assert (it.kind, it.hosts, it.service, it.database) == ("sentinel", THREE, "main", 2)
    assert (it.login, it.sentinel) == (Login("hub", "p@ss"), Login("", "w/"))
    assert it.member("h", 6379) == "redis://hub:p%40ss@h:6379/2"
    assert it.watcher("a", 1) == "redis://:w%2F@a:1"
    assert parse("rediss+sentinel://a/main").watcher(*parse("rediss+sentinel://a/main").hosts[0]) == "rediss://a:26379"


def test_a_cluster() -> None:
    it = parse("rediss+cluster://:secret@a:1,b:2,10.0.0.3:3")
    assert (it.kind, it.hosts, it.login) == ("cluster", THREE, Login("", "secret"))
    assert it.member("::1", 7) == "rediss://:secret@[::1]:7/0"


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "http://h:s3cret@h",
        "redis://:s3cret@h:70000",
        "redis://:s3cret@h/x",
        "redis+sentinel://:s3cret@a:1,b:2",
        "redis+sentinel://:s3cret@a:1,,b:2/main",
        "redis+sentinel://:s3cret@a:1/main?db=x",
        "redis+sentinel://:s3cret@a:1/main?password=s3cret",
        "redis+sentinel://s3cret@a:1/main",
        "redis+cluster://:s3cret@a:1/3",
        "redis+cluster://:s3cret@a:port",
        "redis+cluster://",
    ],
)
def test_what_is_wrong_is_named_without_the_password(url: str) -> None:
    with pytest.raises(UnusableUrl) as refused:
        parse(url)
    assert refused.value.__cause__ is None
    assert "s3cret" not in str(refused.value)
    assert "redis+sentinel://" in refused.value.detail


def test_nothing_shows_the_password() -> None:
    url = "redis+sentinel://hub:s3cret@a:1,b:2/main?sentinel_password=s3cret"
    assert shown(url) == "a:1,b:2/main"
    assert "s3cret" not in repr(parse(url))
    assert shown("unix:///run/s") == "/run/s"
