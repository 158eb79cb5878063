"""The bounded reader, over a pair of sockets."""

import http.client
import socket

import pytest

from nova.console.handshake import MOST_BYTES, HandshakeReader


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_lines_and_the_end(pair):
    ours, theirs = pair
    theirs.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nrest")
    theirs.shutdown(socket.SHUT_WR)
    reader = HandshakeReader(ours, 5)
    assert [reader.readline() for _ in range(5)] == [b"GET / HTTP/1.1\r\n", b"Host: a\r\n", b"\r\n", b"rest", b""]


def test_one_line_without_end(pair):
    ours, theirs = pair
    theirs.sendall(b"x" * (MOST_BYTES + 4096))
    with pytest.raises(http.client.LineTooLong):
        HandshakeReader(ours, 5).readline()


def test_many_lines(pair):
    ours, theirs = pair
    theirs.sendall(b"a: b\r\n" * 4000)
    reader = HandshakeReader(ours, 5)
    with pytest.raises(http.client.LineTooLong):
        for _ in range(4000):
            reader.readline()
    reader.next_request()
    assert reader.readline() == b"a: b\r\n"


def test_dripping(pair):
    ours, theirs = pair
    times = iter([0.0, 1.0, 11.0])
    reader = HandshakeReader(ours, 10, clock=lambda: next(times))
    theirs.sendall(b"GET /")
    with pytest.raises(TimeoutError):
        reader.readline()
