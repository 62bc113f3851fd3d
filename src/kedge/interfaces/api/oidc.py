"""People log in with OpenID Connect: by a code, with PKCE, state and nonce; a cookie says who they are from then on.

The library speaks the protocol, and checks what the provider signed. Ours is what a claim may do, and the cookies: one
that is kept while somebody is away at the provider, and the session.
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass, field
from secrets import token_urlsafe
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from kedge.domain.access import EVERY, ROLES, Caller
from kedge.domain.secret import Secret
from kedge.errors import InputError, MissingDependency, NotAllowed, SettingError, did_you_mean

try:
    from authlib.common.errors import AuthlibBaseError
    from authlib.integrations.requests_client import OAuth2Session
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet
    from requests import RequestException
except ImportError as error:
    raise MissingDependency(str(error.name), "Login by OpenID Connect", "oidc") from None

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.domain.access import Role
    from kedge.service.access.sessions import Sealed
    from kedge.settings import Settings

CALLBACK: Final = "/v1/login/callback"
# Only keys that nobody but the provider has sign: never those of the client, and never none.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
AWAY_SECONDS: Final = 600  # at the provider
SESSION_SECONDS: Final = 8 * 3600
TIMEOUT_SECONDS: Final = 10
KNOWN_SECONDS: Final = 3600  # until the provider is asked anew what it is
REFRESH_SECONDS: Final = 30  # between two looks for a key that is not known
LEEWAY_SECONDS: Final = 60  # that clocks may differ
LONGEST_NAME: Final = 100
NEXT_STEP: Final = "Log in again: /v1/login."


@dataclass(frozen=True)
class Grant:
    """What a value of the claim may do."""

    value: str
    workspace: str
    role: Role


@dataclass
class Provider:
    """Who people log in with.

    Parameters
    ----------
    issuer, client_id, client_secret
        Who it is, and what this server is there.
    """

    issuer: str
    client_id: str
    client_secret: Secret | None = None
    _told: tuple[float, dict[str, Any]] | None = field(default=None, init=False)
    _keys: tuple[float, Any] | None = field(default=None, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def begin(self, redirect: str, state: str, nonce: str, verifier: str) -> str:
        """Return the URL at which somebody logs in."""
        with self._client(redirect) as client:
            url, _ = client.create_authorization_url(
                self._about()["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    def end(self, redirect: str, code: str, nonce: str, verifier: str) -> Mapping[str, Any]:
        """Return the claims of who logged in.

        Raises
        ------
        NotAllowed
            The code is not good, or what it was given for is not the provider's, or not for us and now.
        """
        about = self._about()
        try:
            with self._client(redirect) as client:
                token = client.fetch_token(
                    about["token_endpoint"], code=code, code_verifier=verifier, timeout=TIMEOUT_SECONDS
                )
            return self._claims(str(token.get("id_token", "")), nonce)
        except RequestException:
            raise self._silent() from None
        except (AuthlibBaseError, JoseError, ValueError) as error:
            said = getattr(error, "error", None) or type(error).__name__
            raise NotAllowed(f"The login is not good: {str(said)[:80]}.", next_step=NEXT_STEP) from None

    def _claims(self, text: str, nonce: str) -> Mapping[str, Any]:
        try:
            token = jwt.decode(text, self._signed_by(), algorithms=list(ALGORITHMS))
        except (JoseError, ValueError):  # by a key that it has since
            token = jwt.decode(text, self._signed_by(anew=True), algorithms=list(ALGORITHMS))
        essential = {name: {"essential": True} for name in ("sub", "exp", "iat")}
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            **essential,  # type: ignore[arg-type]
        ).validate(token.claims)
        claims = token.claims
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise ValueError("nonce")
        if claims.get("azp", self.client_id) != self.client_id:
            raise ValueError("azp")
        return claims

    def _about(self) -> dict[str, Any]:
        """Return what the provider says of itself."""
        with self._lock:
            if self._told is None or time.monotonic() - self._told[0] > KNOWN_SECONDS:
                about = self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                if about.get("issuer") != self.issuer:
                    raise InputError(
                        "The provider calls itself otherwise.",
                        field="oidc_issuer",
                        next_step=f"Write it so: {str(about.get('issuer'))[:200]}.",
                    )
                self._told = (time.monotonic(), about)
            return self._told[1]

    def _signed_by(self, *, anew: bool = False) -> Any:
        """Return the provider's keys."""
        about = self._about()
        with self._lock:
            age = time.monotonic() - self._keys[0] if self._keys else KNOWN_SECONDS
            if self._keys is None or age >= KNOWN_SECONDS or (anew and age > REFRESH_SECONDS):
                self._keys = (time.monotonic(), KeySet.import_key_set(self._get(about["jwks_uri"])))  # type: ignore[arg-type]
            return self._keys[1]

    def _get(self, url: str) -> dict[str, Any]:
        try:
            with OAuth2Session() as client:
                answer = client.get(url, withhold_token=True, timeout=TIMEOUT_SECONDS)
                answer.raise_for_status()
                found: dict[str, Any] = answer.json()
        except (RequestException, ValueError):
            raise self._silent() from None
        return found

    def _client(self, redirect: str) -> Any:
        return OAuth2Session(
            self.client_id,
            self.client_secret.reveal() if self.client_secret else None,
            redirect_uri=redirect,
            scope="openid profile email",
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self.client_secret else "none",
        )

    def _silent(self) -> InputError:
        return InputError(
            "The provider of logins does not answer as expected.",
            field="oidc_issuer",
            next_step="Try again; if it stays so, have the operator look at it.",
        )


@dataclass(frozen=True)
class Login:
    """Lets people in.

    Parameters
    ----------
    provider
        Who says who they are.
    sealed
        Signs the cookies.
    public_url
        Where people reach this server.
    claim, grants
        Which claim says what somebody may do, and what each of its values may.
    """

    provider: Provider
    sealed: Sealed
    public_url: str
    claim: str
    grants: tuple[Grant, ...]

    @property
    def is_secure(self) -> bool:
        """Whether browsers speak to it with TLS."""
        return self.public_url.startswith("https://")

    @property
    def session(self) -> str:
        """The name of the session's cookie; with TLS one that no other host and no other path may set."""
        return f"{'__Host-' if self.is_secure else ''}kedge_session"

    @property
    def away(self) -> str:
        """The name of the cookie of who is at the provider."""
        return f"{'__Host-' if self.is_secure else ''}kedge_login"

    def begin(self, after: str = "/", workspace: str | None = None) -> tuple[str, str]:
        """Return where somebody logs in, and what their browser keeps meanwhile."""
        kept = {name: token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        url = self.provider.begin(self._redirect, **kept)
        held = {**kept, "after": local(after), "workspace": workspace}
        return url, self.sealed.seal("login", held, AWAY_SECONDS)

    def end(self, query: Mapping[str, str], kept: str) -> tuple[str, str]:
        """Return where somebody wanted to go, and the session that their browser keeps.

        Raises
        ------
        NotAllowed
            The provider let nobody in, the login was begun elsewhere or too long ago, or no claim gives a role.
        """
        held = self.sealed.open("login", kept)
        if held is None or not hmac.compare_digest(held["state"].encode(), query.get("state", "").encode()):
            raise NotAllowed("This login was not begun in this browser, or too long ago.", next_step=NEXT_STEP)
        if query.get("iss", self.provider.issuer) != self.provider.issuer:
            raise NotAllowed("This login is of another provider.", next_step=NEXT_STEP)
        if "code" not in query:
            told = "".join(
                letter for letter in query.get("error", "no code")[:40] if letter.isalnum() or letter in "_ "
            )
            raise NotAllowed(f"The provider let nobody in: {told}.", next_step=NEXT_STEP)
        claims = self.provider.end(self._redirect, query["code"], held["nonce"], held["verifier"])
        caller = self._caller(claims, held["workspace"])
        session = {"name": caller.name, "role": caller.role, "workspace": caller.workspace}
        return held["after"], self.sealed.seal("session", session, SESSION_SECONDS)

    def caller(self, cookies: Mapping[str, str]) -> Caller | None:
        """Return who asks, by the cookies of a request; None where nobody logged in."""
        held = self.sealed.open("session", cookies.get(self.session, ""))
        return Caller(held["name"], held["role"], held["workspace"]) if held else None

    @property
    def _redirect(self) -> str:
        return f"{self.public_url.rstrip('/')}{CALLBACK}"

    def _caller(self, claims: Mapping[str, Any], workspace: str | None) -> Caller:
        """Return who somebody is here: of what they were granted the most, in the workspace that they asked for."""
        value = claims.get(self.claim)
        values = {value} if isinstance(value, str) else set(map(str, value or ()))
        granted = [
            grant
            for grant in self.grants
            if grant.value in values and grant.workspace in (EVERY, workspace or grant.workspace)
        ]
        if not granted:
            raise NotAllowed(
                f"Nobody gave you a role here, by your {self.claim}.",
                next_step="Ask the operator, who says so in oidc_roles.",
            )
        best = max(granted, key=lambda grant: (ROLES.index(grant.role), grant.workspace == EVERY))
        return Caller(_name(claims), best.role, best.workspace)


def login(settings: Settings, sealed: Sealed) -> Login | None:
    """Return what lets people in by settings, if these name a provider.

    Raises
    ------
    SettingError
        They name it in part, or in a way that others could listen to.
    """
    if not settings.oidc_issuer:
        return None
    for name in ("oidc_client_id", "public_url", "oidc_roles"):
        if not getattr(settings, name):
            raise SettingError(
                "People log in with OpenID Connect, and this is not set.", field=name, next_step="Set it, too."
            )
    for name in ("oidc_issuer", "public_url"):
        parts = urlsplit(getattr(settings, name))
        if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise SettingError("Logins need TLS but on this machine.", field=name, next_step="Write https://….")
    provider = Provider(settings.oidc_issuer, str(settings.oidc_client_id), settings.oidc_client_secret)
    return Login(provider, sealed, str(settings.public_url), settings.oidc_claim, grants(str(settings.oidc_roles)))


def grants(text: str) -> tuple[Grant, ...]:
    """Return what each value of a claim may do.

    >>> grants("ml=fraud:operator, admins=*:admin")[1]
    Grant(value='admins', workspace='*', role='admin')

    Raises
    ------
    SettingError
        An entry is none, or its role is unknown.
    """
    made = []
    for entry in filter(None, map(str.strip, text.split(","))):
        value, _, given = entry.rpartition("=")
        workspace, _, role = given.rpartition(":")
        if not value or not workspace or role not in ROLES:
            raise SettingError(
                f"This gives nobody a role: {entry!r}.{did_you_mean(role, ROLES)}",
                field="oidc_roles",
                next_step="Write value=workspace:role, such as ml-team=fraud:operator, with commas between them.",
            )
        made.append(Grant(value, workspace, role))
    return tuple(made)


def local(path: str) -> str:
    """Return a path of this server, so that no link leads from a login to elsewhere.

    >>> [local(path) for path in ("/v1/me?a=1", "//evil.example", "https://evil.example", "/\\\\evil.example")]
    ['/v1/me?a=1', '/', '/', '/']
    """
    odd = any(ord(letter) <= 32 or letter in "\\" or ord(letter) > 126 for letter in path)
    return "/" if odd or not path.startswith("/") or path.startswith("//") else path[:500]


def _name(claims: Mapping[str, Any]) -> str:
    """Return how somebody is called in what they change: readable, and with what no other has."""
    email = claims.get("email") if claims.get("email_verified", False) else None
    told = str(email or claims.get("preferred_username") or claims.get("name") or "")
    shown, subject = ("".join(filter(str.isprintable, text))[:LONGEST_NAME] for text in (told, str(claims["sub"])))
    return f"{shown} (login {subject})" if shown else f"login {subject}"
