"""A server starts with a certificate that callers take, or says what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kedge.errors import SettingError
from kedge.interfaces.api.guard.tls import tls

DAY = timedelta(days=1)


def made(name="cert", since=-DAY, until=90 * DAY, password=None):
    """Write a certificate of this machine and its key, by a library that is not ours."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number(), now + since, now + until)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    cert = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)
    Path(f"{name}.pem").write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    Path(f"{name}.key").write_bytes(text)
    Path(f"{name}.key").chmod(0o600)
    return f"{name}.pem", f"{name}.key"


def test_a_certificate_and_its_key_are_taken(caplog):
    files = made()
    assert tls(*files) == files
    assert caplog.messages == []


def test_none_is_none():
    assert tls(None, None) is None


@pytest.mark.parametrize(("named", "field"), [(("cert.pem", None), "tls_key"), ((None, "cert.key"), "tls_cert")])
def test_one_without_the_other_is_refused(named, field):
    with pytest.raises(SettingError, match=f"{field}: A certificate and its key come together"):
        tls(*named)


@pytest.mark.parametrize(
    ("since", "until", "why"), [(-2 * DAY, -DAY, "has expired"), (DAY, 2 * DAY, "is not valid yet")]
)
def test_one_that_callers_would_refuse_is_refused_at_once(since, until, why):
    with pytest.raises(SettingError, match=rf"cert\.pem: tls_cert: The certificate {why}"):
        tls(*made(since=since, until=until))


def test_one_that_expires_soon_is_told(caplog):
    tls(*made(until=3 * DAY + timedelta(minutes=1)))
    assert caplog.messages == ["cert.pem: the certificate expires in 3 days"]


def test_a_key_of_another_certificate_is_refused():
    (cert, _), (_, key) = made("a"), made("b")
    with pytest.raises(SettingError, match=r"b\.key: The key is of another certificate"):
        tls(cert, key)


def test_an_encrypted_key_is_refused_and_nobody_is_asked_for_its_password():
    with pytest.raises(SettingError, match=r"cert\.key: tls_key: The key is encrypted"):
        tls(*made(password=b"canary"))


def test_a_key_that_others_may_read_is_told(caplog):
    cert, key = made()
    Path(key).chmod(0o644)
    tls(cert, key)
    assert caplog.messages == ["cert.key: others than its owner may read this key; chmod 600 would keep it"]


def test_a_file_that_is_missing_is_named():
    cert, _ = made()
    with pytest.raises(SettingError, match=r"gone\.key: tls_key: The file cannot be read \(No such file"):
        tls(cert, "gone.key")


@pytest.mark.parametrize(
    "text", [b"", b"no PEM", b"\xff\x00", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
def test_what_is_no_certificate_is_refused(text):
    _, key = made()
    Path("cert.pem").write_bytes(text)
    with pytest.raises(SettingError, match=r"cert\.pem: "):
        tls("cert.pem", key)


def test_what_is_no_key_is_refused_and_not_shown():
    cert, key = made()
    Path(key).write_text("canary-5ecre7")
    with pytest.raises(SettingError) as refused:
        tls(cert, key)
    assert "canary" not in str(refused.value)
