"""People log in at a provider, and any server of the same database knows them again."""

from __future__ import annotations

import os
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from kedge.app import hub
from kedge.domain.access import Caller
from kedge.domain.secret import Secret, SecretUrl
from kedge.errors import KedgeError, NotAllowed, SettingError
from kedge.interfaces.api.oidc import grants, local, login
from kedge.interfaces.api.server import Serving
from kedge.service.access.sessions import Sealed, signing_key
from kedge.settings import Settings

from ..provider import CLIENT, SECRET, provided

PUBLIC = "https://kedge.example.com"


@pytest.fixture(autouse=True)
def _over_http(monkeypatch):
    """Let the provider's library serve without TLS, on this machine."""
    monkeypatch.setitem(os.environ, "AUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def provider():
    with provided() as made:
        yield made


@pytest.fixture
def settings(provider):
    return Settings(
        database=SecretUrl("sqlite:///kedge.db"),
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=Secret(SECRET),
        oidc_roles="ml-team=fraud:operator, everybody=credit:viewer, admins=*:admin",
        public_url=PUBLIC,
    )


@pytest.fixture
def door(settings):
    """What lets people in."""
    with hub(settings) as found:
        yield login(settings, Sealed(signing_key(found.records), found.clock))


def at_the_provider(url):
    """Log in there, and return what it sends one back with."""
    answer = requests.get(url, allow_redirects=False, timeout=10)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def through(door, **asked):
    """Log in, and return the caller that the session is good for."""
    url, kept = door.begin(**asked)
    _, session = door.end(at_the_provider(url), kept)
    return door.caller({door.session: session})


def test_who_the_provider_lets_in_has_the_role_of_their_group(door):
    assert through(door) == Caller("ann@example.org (login u-1)", "operator", "fraud")


@pytest.mark.parametrize(
    ("groups", "asked", "role"),
    [
        (["everybody", "ml-team"], None, ("operator", "fraud")),
        (["everybody", "ml-team"], "credit", ("viewer", "credit")),
        (["ml-team", "admins"], None, ("admin", "*")),
        (["ml-team", "admins"], "fraud", ("admin", "*")),
        ("everybody", None, ("viewer", "credit")),
    ],
)
def test_of_several_groups_the_one_that_may_most_counts(door, provider, groups, asked, role):
    provider.user["groups"] = groups
    caller = through(door, workspace=asked)
    assert (caller.role, caller.workspace) == role


@pytest.mark.parametrize(
    ("groups", "workspace"), [([], None), (None, None), (["others"], None), (["ml-team"], "credit")]
)
def test_who_has_no_role_is_not_let_in(door, provider, groups, workspace):
    provider.user["groups"] = groups
    with pytest.raises(NotAllowed, match="Nobody gave you a role"):
        through(door, workspace=workspace)


def test_an_address_that_nobody_verified_is_no_name(door, provider):
    provider.user["email_verified"] = False
    assert through(door).name == "login u-1"


FORGED = {
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": "somebody-else"},
    "another party": {"azp": "somebody-else"},
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "expired": {"exp": int(time.time()) - 3600},
    "without end": {"exp": None},
    "of the future": {"iat": int(time.time()) + 3600},
    "nobody": {"sub": None},
}


@pytest.mark.parametrize("forged", FORGED)
def test_what_is_signed_for_others_lets_nobody_in(door, provider, forged):
    def change(claims):
        return {name: value for name, value in {**claims, **FORGED[forged]}.items() if value is not None}

    provider.change = change
    with pytest.raises(NotAllowed, match="The login is not good"):
        through(door)


def test_what_another_key_signed_lets_nobody_in(door, provider):
    from joserfc.jwk import RSAKey

    provider.key = RSAKey.generate_key(2048, {"kid": "one"})
    with pytest.raises(NotAllowed, match="The login is not good"):
        through(door)


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_what_the_provider_did_not_sign_lets_nobody_in(door, provider, algorithm):
    from joserfc.jwk import OctKey

    provider.algorithm, provider.key = algorithm, OctKey.import_key(SECRET, {"kid": "one"})
    if algorithm == "none":
        provider.sign = lambda _: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1LTEifQ."
    with pytest.raises(NotAllowed, match="The login is not good"):
        through(door)


def test_a_new_key_of_the_provider_is_taken_after_a_while(door, provider, monkeypatch):
    from joserfc.jwk import RSAKey

    through(door)
    provider.key = provider.published = RSAKey.generate_key(2048, {"kid": "two"})
    monkeypatch.setattr("kedge.interfaces.api.oidc.REFRESH_SECONDS", -1)
    assert through(door).role == "operator"


def test_a_login_that_was_begun_in_another_browser_is_refused(door):
    (url, _), (_, other) = door.begin(), door.begin()
    with pytest.raises(NotAllowed, match="not begun in this browser"):
        door.end(at_the_provider(url), other)


@pytest.mark.parametrize("kept", ["", "x", "a.b", "e30."])
def test_a_login_that_nobody_began_is_refused(door, kept):
    with pytest.raises(NotAllowed, match="not begun in this browser"):
        door.end({"code": "x", "state": ""}, kept)


def test_a_code_is_good_once(door):
    url, kept = door.begin()
    back = at_the_provider(url)
    door.end(back, kept)
    with pytest.raises(NotAllowed, match="The login is not good: invalid_grant"):
        door.end(back, kept)


def test_a_code_of_somebody_else_is_no_good_without_their_verifier(door):
    (url, _), (mine, kept) = door.begin(), door.begin()
    stolen = at_the_provider(url)["code"]
    with pytest.raises(NotAllowed, match="The login is not good: invalid_grant"):
        door.end({**at_the_provider(mine), "code": stolen}, kept)


def test_an_answer_of_another_provider_is_refused(door):
    url, kept = door.begin()
    with pytest.raises(NotAllowed, match="another provider"):
        door.end({**at_the_provider(url), "iss": "https://evil.example"}, kept)


def test_what_the_provider_says_against_it_is_told_plainly(door):
    url, kept = door.begin()
    state = parse_qs(urlsplit(url).query)["state"][0]
    with pytest.raises(NotAllowed, match=r"let nobody in: access_denied\."):
        door.end({"state": state, "error": "access_denied<script>"[:13]}, kept)


def test_a_session_is_not_good_for_anything_else(door):
    _, kept = door.begin()
    assert door.caller({door.session: kept}) is None


@pytest.mark.parametrize("change", [lambda s: s[:-2] + "xx", lambda s: "A" + s, lambda s: s * 9, lambda _: "ä"])
def test_a_session_that_somebody_changed_is_none(door, change):
    url, kept = door.begin()
    _, session = door.end(at_the_provider(url), kept)
    assert door.caller({door.session: change(session)}) is None


def test_a_session_ends(door, monkeypatch):
    monkeypatch.setattr("kedge.interfaces.api.oidc.SESSION_SECONDS", -1)
    assert through(door) is None


def test_a_provider_that_does_not_answer_is_told_and_no_secret_with_it(settings):
    with hub(settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:9"})) as found:
        gone = login(found.settings, Sealed(signing_key(found.records), found.clock))
        with pytest.raises(KedgeError, match="oidc_issuer: The provider of logins does not answer") as error:
            gone.begin()
    assert SECRET not in str(error.value)


def test_servers_of_one_database_know_each_others_sessions(settings):
    with hub(settings) as one, hub(settings) as other:
        first, second = (login(settings, Sealed(signing_key(h.records), h.clock)) for h in (one, other))
        url, kept = first.begin()
        _, session = second.end(at_the_provider(url), kept)
        assert first.caller({first.session: session}).role == "operator"


@pytest.mark.parametrize(
    "after", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "javascript:a", ""]
)
def test_no_login_leads_to_elsewhere(after):
    assert local(after) == "/"


@pytest.mark.parametrize("text", ["ml-team", "ml=fraud", "ml=fraud:boss", "=fraud:admin", "ml=:admin"])
def test_what_gives_nobody_a_role_is_told(text):
    with pytest.raises(SettingError, match="oidc_roles: This gives nobody a role"):
        grants(text)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"oidc_client_id": None}, "oidc_client_id"),
        ({"public_url": None}, "public_url"),
        ({"oidc_roles": None}, "oidc_roles"),
        ({"public_url": "http://kedge.example.com"}, "public_url"),
        ({"oidc_issuer": "http://login.example.com"}, "oidc_issuer"),
    ],
)
def test_a_login_that_is_set_in_part_or_without_tls_is_refused(settings, change, field):
    with pytest.raises(SettingError) as refused:
        login(settings.model_copy(update=change), None)
    assert refused.value.field == field


@pytest.fixture
def server(settings):
    with hub(settings.model_copy(update={"public_url": "http://127.0.0.1:1"})) as found:
        serving = Serving(found, "127.0.0.1:0", Caller("nobody", "admin", "*"))
        serving.start()
        yield serving.url
        serving.stop()
        serving.join()


def test_a_browser_logs_in_asks_and_leaves(server):
    with requests.Session() as browser:
        assert browser.get(f"{server}/v1/me", timeout=10).status_code == 401
        away = browser.get(f"{server}/v1/login?after=/v1/me", allow_redirects=False, timeout=10)
        back = requests.get(away.headers["Location"], allow_redirects=False, timeout=10).headers["Location"]
        query = urlsplit(back).query
        let_in = browser.get(f"{server}/v1/login/callback?{query}", allow_redirects=False, timeout=10)
        assert (let_in.status_code, let_in.headers["Location"]) == (303, "/v1/me")
        kept = [line for line in let_in.raw.headers.getlist("Set-Cookie") if line.startswith("kedge_session=")]
        assert all(part in kept[0] for part in ("; HttpOnly", "; SameSite=lax", "; Path=/"))
        assert browser.get(f"{server}/v1/me", timeout=10).json()["role"] == "operator"
        assert browser.post(f"{server}/v1/logout", timeout=10).status_code == 204
        assert browser.get(f"{server}/v1/me", timeout=10).status_code == 401


def test_with_tls_no_other_host_may_set_the_cookies(door):
    assert (door.session, door.is_secure) == ("__Host-kedge_session", True)
