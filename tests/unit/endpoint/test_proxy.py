"""The proxy between real sockets: what goes through, what stays, and what is said when it does not."""

from __future__ import annotations

import datetime
import gzip
import ipaddress
import ssl
import threading
import time
from pathlib import Path

import pytest

from kedge.endpoint.proxy import Proxy
from kedge.endpoint.upstream import Upstream
from kedge.errors import SettingError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
POST = b"POST /invocations HTTP/1.1\r\nHost: shop\r\nContent-Length: 3\r\n\r\n1,2"


def read_request(connection, end=b"\r\n\r\n"):
    """Read to the end of the head, or to another mark."""
    got = b""
    while end not in got:
        piece = connection.recv(65536)
        if not piece:
            return got
        got += piece
    return got


@pytest.fixture
def proxied(raw, run, talk):
    """Put a proxy before an upstream of raw bytes, and connect to it."""

    def make(handle, **options):
        return talk(run(Proxy(Upstream(f"http://127.0.0.1:{raw(handle)}", **options))))

    return make


@pytest.fixture
def asked(proxied):
    """Send one request through a proxy, and return what the upstream saw."""

    def ask(request, end=b"1,2"):
        seen = []

        def upstream(connection):
            seen.append(read_request(connection, end))
            connection.sendall(OK)

        client = proxied(upstream)
        client.send(request)
        assert client.answer()[0] == 200
        return seen[0]

    return ask


def always(answer):
    """Return an upstream that gives one answer to every request of a connection."""

    def upstream(connection):
        while read_request(connection).count(b"\r\n\r\n"):
            connection.sendall(answer)

    return upstream


def test_a_request_goes_through_with_its_headers_its_body_and_who_asked(asked):
    head, _, body = asked(POST.replace(b"\r\n\r\n", b"\r\nX-A: 1\r\nX-A: 2\r\n\r\n")).partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    port = lines[1].rpartition(":")[2]
    assert (lines[0], body) == ("post /invocations http/1.1", b"1,2")
    assert sorted(lines[1:]) == [
        "content-length: 3",
        f"host: 127.0.0.1:{port}",
        "x-a: 1",
        "x-a: 2",
        "x-forwarded-for: 127.0.0.1",
        "x-forwarded-host: shop",
        "x-forwarded-proto: http",
    ]


def test_what_belongs_to_one_hop_stays_there(asked):
    hop = b"\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nUpgrade: h2c\r\n\r\n"
    seen = asked(POST.replace(b"\r\n\r\n", hop)).lower()
    assert [name for name in (b"connection", b"x-mine", b"keep-alive", b"te:", b"upgrade") if name in seen] == []


def test_the_proxies_before_this_one_are_told(asked):
    before = b"\r\nX-Forwarded-For: 10.1.2.3\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: bank\r\n\r\n"
    seen = asked(POST.replace(b"\r\n\r\n", before)).lower()
    assert b"x-forwarded-for: 10.1.2.3, 127.0.0.1\r\n" in seen
    assert b"x-forwarded-proto: https\r\n" in seen
    assert b"x-forwarded-host: bank\r\n" in seen


@pytest.mark.parametrize("path", ["/a%2Fb/../c;v=1?x=%20+&y=%zz", "//twice", "/a?b?c", "/%C3%A9|{}"])
def test_path_and_query_stay_as_they_were_written(asked, path):
    seen = asked(f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode(), b"\r\n\r\n")
    assert seen.split(b"\r\n")[0] == f"GET {path} HTTP/1.1".encode()


def test_the_upstream_may_be_below_a_path(raw, run, talk):
    seen = []

    def upstream(connection):
        seen.append(read_request(connection))
        connection.sendall(OK)

    client = talk(run(Proxy(Upstream(f"http://127.0.0.1:{raw(upstream)}/v1/"))))
    client.send(b"GET /models?x=1 HTTP/1.1\r\nHost: shop\r\n\r\n")
    client.answer()
    assert seen[0].startswith(b"GET /v1/models?x=1 HTTP/1.1\r\n")


def test_an_answer_comes_back_as_it_was_and_nothing_is_added(proxied):
    packed = gzip.compress(b"0.87")
    told = f"Content-Encoding: gzip\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: {len(packed)}\r\n"
    client = proxied(always(f"HTTP/1.1 201 Created\r\n{told}Connection: X-Hop\r\nX-Hop: 1\r\n\r\n".encode() + packed))
    client.send(POST)
    status, headers, body = client.answer()
    assert (status, gzip.decompress(body)) == (201, b"0.87")
    assert "".join(f"{name}: {value}\r\n" for name, value in headers) == told.lower()


@pytest.mark.parametrize("status", [204, 304, 404, 500, 599])
def test_any_status_comes_back(proxied, status):
    length = b"" if status == 204 else b"Content-Length: 5\r\n"
    body = b"" if status in (204, 304) else b"found"
    client = proxied(always(b"HTTP/1.1 %d Said\r\n%s\r\n%s" % (status, length, body)))
    client.send(POST)
    assert client.answer()[::2] == (status, body)
    client.send(POST)
    assert client.answer()[0] == status


def test_the_answer_to_head_has_its_length_and_no_body(proxied):
    client = proxied(always(b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n"))
    for _ in range(2):
        client.send(b"HEAD /ping HTTP/1.1\r\nHost: shop\r\n\r\n")
        assert client.until(b"\r\n\r\n").lower() == b"http/1.1 200 ok\r\ncontent-length: 12345\r\n\r\n"


def test_both_connections_are_kept(raw, run, talk):
    connections = []

    def upstream(connection):
        connections.append(connection)
        always(OK)(connection)

    client = talk(run(Proxy(Upstream(f"http://127.0.0.1:{raw(upstream)}"))))
    for _ in range(20):
        client.send(POST)
        assert client.answer()[::2] == (200, b"ok")
    assert len(connections) == 1


def test_a_kept_connection_that_the_upstream_closed_is_not_used_again(proxied):
    def upstream(connection):
        read_request(connection, b"1,2")
        connection.sendall(OK)

    client = proxied(upstream)
    for _ in range(3):
        client.send(POST)
        assert client.answer()[0] == 200
        time.sleep(0.05)


@pytest.mark.parametrize(("method", "asked", "status"), [("POST", 2, 502), ("GET", 3, 200)])
def test_only_what_asks_for_nothing_to_be_done_is_asked_again(proxied, method, asked, status):
    requests = []

    def upstream(connection):
        for _ in range(2):
            requests.append(read_request(connection))
            if len(requests) == 2:
                return
            connection.sendall(OK)

    client, request = proxied(upstream), f"{method} / HTTP/1.1\r\nHost: shop\r\n\r\n".encode()
    client.send(request)
    assert client.answer()[0] == 200
    client.send(request)
    assert (client.answer()[0], len(requests)) == (status, asked)


@pytest.mark.parametrize("more", [OK.replace(b"ok", b"no"), b"garbage"])
def test_a_connection_that_says_more_than_it_was_asked_is_not_used_again(raw, run, talk, more):
    connections = []

    def upstream(connection):
        connections.append(connection)
        read_request(connection, b"1,2")
        connection.sendall(OK + more)
        read_request(connection, b"1,2")

    client = talk(run(Proxy(Upstream(f"http://127.0.0.1:{raw(upstream)}"))))
    for _ in range(2):
        client.send(POST)
        assert client.answer()[2] == b"ok"
    assert len(connections) == 2


def test_what_only_informs_and_what_trails_is_left_out(proxied):
    client = proxied(
        always(
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"
        )
    )
    for _ in range(2):
        client.send(POST)
        assert client.answer() == (200, [("transfer-encoding", "chunked")], b"ok")


def test_bytes_of_any_kind_go_through_in_headers(asked):
    assert b"x-name: J\xfcrgen \xe2\x82\xac\r\n" in asked(
        POST.replace(b"\r\n\r\n", b"\r\nX-Name: J\xfcrgen \xe2\x82\xac\r\n\r\n")
    )


def test_a_head_without_end_is_no_answer(proxied):
    def upstream(connection):
        read_request(connection, b"1,2")
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100):
            connection.sendall(b"X: " + b"x" * 10_000 + b"\r\n")

    client = proxied(upstream)
    client.send(POST)
    assert b"something that is not HTTP" in client.answer()[2]


def test_an_upstream_that_takes_nothing_of_a_request_is_a_timeout(proxied):
    client = proxied(lambda _: time.sleep(5), answer_seconds=0.2)
    size = 50_000_000
    client.send(b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: %d\r\n\r\n" % size)
    sending = threading.Thread(target=client.send, args=(bytes(size),))
    sending.start()
    assert client.answer()[0] == 504
    sending.join()


def test_a_client_that_takes_its_time_is_waited_for(proxied):
    def upstream(connection):
        read_request(connection, b"end")
        connection.sendall(OK)

    client = proxied(upstream, answer_seconds=0.1)
    client.send(b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 6\r\n\r\n1,2")
    time.sleep(0.5)
    client.send(b"end")
    assert client.answer()[0] == 200


def test_chunks_go_up_as_they_come(proxied):
    first = threading.Event()

    def upstream(connection):
        read_request(connection, b"one")
        first.set()
        read_request(connection, b"0\r\n\r\n")
        connection.sendall(OK)

    client = proxied(upstream)
    client.send(b"POST / HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
    assert first.wait(5)
    client.send(b"3\r\ntwo\r\n0\r\n\r\n")
    assert client.answer()[0] == 200


def test_chunks_come_back_as_they_are_made(proxied):
    seen = threading.Event()

    def upstream(connection):
        read_request(connection, b"1,2")
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        assert seen.wait(5)
        connection.sendall(b"3\r\ntwo\r\n0\r\n\r\n")

    client = proxied(upstream)
    client.send(POST)
    client.until(b"one")
    seen.set()
    client.until(b"two\r\n0\r\n\r\n")


def test_an_answer_without_a_length_ends_with_its_connection(proxied):
    def upstream(connection):
        read_request(connection, b"1,2")
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nall")

    client = proxied(upstream)
    client.send(POST)
    assert client.answer()[::2] == (200, b"all")


def test_one_who_asks_first_is_told_to_go_on(proxied):
    client = proxied(always(OK))
    client.send(POST[:-3].replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
    client.until(b"HTTP/1.1 100 Continue\r\n\r\n")
    client.send(b"1,2")
    assert client.answer()[0] == 200


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 10\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"]
)
def test_an_answer_that_breaks_off_breaks_off(proxied, framing):
    def upstream(connection):
        read_request(connection, b"1,2")
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + framing)

    client = proxied(upstream)
    client.send(POST)
    client.until(b"half")
    assert b"0\r\n\r\n" not in client.rest()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "closed the connection before it had answered"),
        (b"SSH-2.0-OpenSSH_9.7\r\n\r\n", "answered with something that is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "answered with something that is not HTTP"),
    ],
    ids=["nothing", "ssh", "length"],
)
def test_no_answer_is_a_bad_gateway(proxied, answer, said):
    def upstream(connection):
        read_request(connection, b"1,2")
        connection.sendall(answer)

    client = proxied(upstream)
    client.send(POST)
    status, headers, body = client.answer()
    assert (status, ("content-type", "text/plain; charset=utf-8") in headers) == (502, True)
    assert body.decode().startswith("kedge: the upstream http://127.0.0.1:")
    assert body.decode().endswith(f" {said}.\n")


def test_an_upstream_that_is_not_there_is_named(run, talk):
    client = talk(run(Proxy(Upstream("http://127.0.0.1:1"))))
    client.send(POST)
    status, _, body = client.answer()
    assert (status, body) == (502, b"kedge: the upstream http://127.0.0.1:1 cannot be reached (Connection refused).\n")


def test_a_name_that_is_not_known_is_a_bad_gateway(run, talk):
    client = talk(run(Proxy(Upstream("http://nowhere.invalid:80"))))
    client.send(POST)
    assert client.answer()[::2] == (
        502,
        b"kedge: the upstream http://nowhere.invalid:80 has a name that is not known.\n",
    )


def test_a_silent_upstream_is_a_timeout(proxied):
    client = proxied(lambda connection: read_request(connection, b"never"), answer_seconds=0.2)
    client.send(POST)
    status, _, body = client.answer()
    assert (status, b"was silent for 0.2 seconds" in body) == (504, True)


def test_a_client_that_leaves_ends_the_request_to_the_upstream(proxied):
    ended, started = threading.Event(), threading.Event()

    def upstream(connection):
        read_request(connection, b"1,2")
        started.set()
        if connection.recv(1) == b"":
            ended.set()

    client = proxied(upstream)
    client.send(POST)
    assert started.wait(5)
    client.close()
    assert ended.wait(5)


def test_a_client_that_leaves_while_it_sends_ends_the_request_to_the_upstream(proxied):
    ended, started = threading.Event(), threading.Event()

    def upstream(connection):
        read_request(connection)
        started.set()
        read_request(connection, b"never")
        ended.set()

    client = proxied(upstream)
    client.send(b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\r\nhalf")
    assert started.wait(5)
    client.close()
    assert ended.wait(5)


def test_what_was_counted_is_told(run, talk):
    proxy = Proxy(Upstream("http://127.0.0.1:1"))
    client = talk(run(proxy))
    client.send(POST)
    client.answer()
    text = proxy.prometheus()
    assert "kedge_proxy_requests_total 1\n" in text
    assert "kedge_proxy_clients_gone_total 0\n" in text
    assert text.endswith('kedge_proxy_failures_total{reason="refused"} 1')


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody but its own file vouches for: the file, and a server's context."""
    pytest.importorskip("cryptography", reason="cryptography is not installed: kedge[encryption]")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    known_as = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1))
    signed = made.add_extension(known_as, critical=True).sign(key, hashes.SHA256())
    folder = tmp_path_factory.mktemp("tls")
    pem, private = serialization.Encoding.PEM, folder / "key.pem"
    (folder / "ca.pem").write_bytes(signed.public_bytes(pem))
    private.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", private)
    return str(folder / "ca.pem"), context


@pytest.mark.parametrize(("trust", "status"), [("ca", 200), ("insecure", 200), ("nobody", 502)])
def test_the_certificate_of_the_upstream_is_looked_at(raw, run, talk, certificate, trust, status):
    ca, context = certificate
    options = {"ca": {"ca": ca}, "insecure": {"insecure": True}, "nobody": {}}[trust]
    client = talk(run(Proxy(Upstream(f"https://127.0.0.1:{raw(always(OK), context)}", **options))))
    client.send(POST)
    found, _, body = client.answer()
    assert found == status
    assert (b"has no certificate that is trusted here (self" in body) == (status == 502)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8501", "ftp://host", "http://", "http://host:port", "http://host:0", "http://me:secret@host", ""]
)
def test_an_upstream_that_is_no_url_is_refused(url):
    with pytest.raises(SettingError, match="upstream: Expected http://host:port"):
        Upstream(url)


def test_a_file_without_certificates_is_refused():
    Path("ca.pem").write_text("none")
    with pytest.raises(SettingError, match=r"ca\.pem: upstream_ca: Expected a file of certificates"):
        Upstream("https://host", ca="ca.pem")


@pytest.mark.parametrize("name", ["connect_seconds", "answer_seconds"])
def test_no_time_at_all_is_refused(name):
    with pytest.raises(SettingError, match=f"{name}: Expected seconds above 0, found 0"):
        Upstream("http://host", **{name: 0})


def test_an_answer_before_the_request_is_complete_comes_back(proxied):
    def upstream(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        time.sleep(0.2)

    client = proxied(upstream)
    client.send(b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000000\r\n\r\nstart")
    assert client.answer()[::2] == (413, b"big")


@pytest.mark.parametrize("target", ["*", "http://other/x?y=1", "other:443"])
def test_a_target_that_is_no_path_does_no_harm(proxied, target):
    client = proxied(always(OK))
    client.send(f"OPTIONS {target} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
    assert client.answer()[0] in (200, 400)
