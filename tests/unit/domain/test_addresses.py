"""A corpus of URLs whose hosts may not be called, however they are written."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from kedge.domain.addresses import Addresses
from kedge.errors import NotAllowed, SettingError

PUBLIC = Addresses()

HOSTS = """
127.0.0.1 127.0.0.1:80 127.1.2.3 127.255.255.254 127.1 127.0.1 0 0.0.0.0 0.0.0.0:8080 0x7f000001
0x7f.0.0.1 0x7f.1 0X7F.0x0.0x0.0x1 2130706433 017700000001 0177.0.0.1 0177.0.0.01 0177.1
00000177.0.0.1 127.0.0.1. 127.000.000.001 0x 4294967295 10.0.0.1 10.255.255.255 172.16.0.1
172.31.255.255 192.168.0.1 192.168.1.1:8443 0xc0a80101 3232235777 0300.0250.1.1 100.64.0.1
100.127.255.254 169.254.169.254 169.254.170.2 169.254.0.1 0xa9fea9fe 2852039166 0251.0376.0251.0376
169.254.43518 0xA9.0xFE.0xA9.0xFE 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1
239.255.255.250 240.0.0.1 255.255.255.255 8.8.8 8.8 8.8.2056 010.8.8.8 0x8.8.8.8 134744072 1.2.3.4.5
[::1] [::1]:80 [::] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::ffff:127.0.0.1]
[::ffff:7f00:1] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [::ffff:10.0.0.1] [::127.0.0.1]
[::7f00:1] [::a9fe:a9fe] [64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::a00:1]
[2002:7f00:1::] [2002:a9fe:a9fe::1] [2002:a00:1::] [2001:0:7f00:1::] [fe80::1] [fe80::1%25eth0]
[fe80::1%eth0] [febf::1] [fec0::1] [fc00::1] [fd00::1] [fd00:ec2::254] [fdff::1] [ff02::1] [ff0e::1]
[100::1] [2001:db8::1] [::ffff:0:127.0.0.1] localhost localhost:5000 LOCALHOST localhost. LocalHost.
a.localhost localhost.localdomain printer.local metadata.google.internal metadata.google.internal.
METADATA.google.INTERNAL vault.internal nas.home.arpa １２７.0.0.1 127。0。0。1 127．0．0．1 ①②⑦.0.0.1
ⓛocalhost ｌｏｃａｌｈｏｓｔ [::ﬀff:7f00:1]
"""
REFUSED = HOSTS.split()

ODD = (
    "",
    "http://",
    "http:///path",
    "http://:80/",
    "http://?x",
    "//127.0.0.1/",
    "127.0.0.1",
    "file:///etc/passwd",
    "ftp://models.example.com/",
    "gopher://127.0.0.1:6379/_x",
    "dict://127.0.0.1:11211/",
    "unix:///run/docker.sock",
    "HTTP+unix://x/",
    "http://ann:secret@models.example.com/",
    "http://models.example.com@127.0.0.1/",
    "http://127.0.0.1#@models.example.com/",
    "http://models.example.com\\@127.0.0.1/",
    "http://127.0.0.1\\.models.example.com/",
    "http://models.example.com\n.127.0.0.1/",
    "http://models.example.com\t/",
    " http://models.example.com/",
    "http://models.example.com /",
    "http://models.example.com:0/",
    "http://models.example.com:99999/",
    "http://models.example.com:port/",
    "http://[::1/",
    "http://[models]/",
    "http://a..b/",
    "http://-a/",
    "http://a_b%2e/",
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.1%00.example.com/",
    "http://models,example/",
    "http://models.example.com%40127.0.0.1/",
)


@pytest.mark.parametrize("host", REFUSED, ids=ascii)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_that_may_not_be_called_is_refused(host, scheme):
    with pytest.raises((NotAllowed, SettingError)) as refused:
        PUBLIC.check(f"{scheme}://{host}/path?query", "predictor")
    assert refused.value.field == "predictor"


@pytest.mark.parametrize("url", ODD, ids=ascii)
def test_a_url_that_is_not_read_alike_by_all_is_refused(url):
    with pytest.raises((NotAllowed, SettingError)):
        PUBLIC.check(url)


@pytest.mark.parametrize(
    ("url", "host"),
    {
        "http://models.example.com/score": "models.example.com",
        "https://Models.Example.com.:8443/": "models.example.com",
        "http://8.8.8.8/": "8.8.8.8",
        "http://[2606:4700::1111]/": "2606:4700::1111",
        "http://[64:ff9b::808:808]/": "64:ff9b::808:808",
        "http://model/": "model",
        "http://1e100.net/": "1e100.net",
        "http://a_b.example.com/": "a_b.example.com",
        "HTTPS://localhost.example.com/": "localhost.example.com",
    }.items(),
)
def test_a_public_host_may_be_called(url, host):
    assert PUBLIC.check(url) == host


@pytest.mark.parametrize(
    "url", ["http://10.1.2.3/", "http://localhost:5000/", "http://[fd00::1]/", "http://[::ffff:10.1.2.3]/"]
)
def test_what_a_setting_allows_may_be_called(url):
    Addresses.of("10.1.0.0/16, localhost, fd00::/8").check(url)


def test_what_a_setting_allows_besides_does_not_allow_its_neighbour():
    with pytest.raises((NotAllowed, SettingError), match="private"):
        Addresses.of("10.1.0.0/16").check("http://10.2.0.1/")


def test_a_star_allows_all():
    assert Addresses.of("*").refused(ip_address("169.254.169.254")) is None


@pytest.mark.parametrize("entry", ["10.0.0.0/99", "http://a", "127.1", "a b"])
def test_an_entry_that_is_none_is_told(entry):
    with pytest.raises((NotAllowed, SettingError), match="allowed_addresses: "):
        Addresses.of(entry)
