# ruff: noqa: ARG002, RUF012 - the arguments are the library's
"""A provider of logins, made of a library that is not ours: OpenID Connect by a code, with PKCE."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Thread

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "kedge", "canary-oidc-client"


class User(dict):
    def get_user_id(self):
        return self["sub"]


class Client(ClientMixin):
    def get_client_id(self):
        return CLIENT

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, uri):
        return uri.endswith("/v1/login/callback")

    def check_client_secret(self, secret):
        return secret == SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "client_secret_basic"

    def check_response_type(self, kind):
        return kind == "code"

    def check_grant_type(self, kind):
        return kind == "authorization_code"


class Code(AuthorizationCodeMixin):
    def __init__(self, **values):
        self.__dict__.update(values)

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return self.auth_time

    def get_acr(self):
        return None

    def get_amr(self):
        return None


class Provider:
    """Lets ``user`` in, whoever asks; ``change`` may alter what is signed, and ``key`` who signs."""

    def __init__(self):
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.published, self.algorithm = self.key, "RS256"
        self.user = User(sub="u-1", email="ann@example.org", email_verified=True, groups=["ml-team"])
        self.codes, self.change, self.issuer, self.asked = {}, lambda claims: claims, "", []

    def sign(self, claims):
        claims = self.change(dict(claims))
        return jwt.encode({"alg": self.algorithm, "kid": self.key.kid}, claims, self.key, algorithms=[self.algorithm])


def _grants(provider):
    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]

        def save_authorization_code(self, code, request):
            told = request.payload.data
            provider.codes[code] = Code(
                code=code,
                redirect_uri=told.get("redirect_uri"),
                scope=told.get("scope"),
                nonce=told.get("nonce"),
                code_challenge=told.get("code_challenge"),
                code_challenge_method=told.get("code_challenge_method"),
                auth_time=int(time.time()),
            )

        def query_authorization_code(self, code, client):
            return provider.codes.get(code)

        def delete_authorization_code(self, code):
            provider.codes.pop(code.code)

        def authenticate_user(self, code):
            return provider.user

    class Identity(OpenIDCode):
        def exists_nonce(self, nonce, request):
            return False

        def get_jwt_config(self, grant, client=None):
            return {"key": provider.key.as_dict(private=True), "alg": "RS256", "iss": provider.issuer, "exp": 3600}

        def generate_user_info(self, user, scope):
            return UserInfo(user)

        def encode_id_token(self, token, request):
            code = request.authorization_code
            now = int(time.time())
            claims = {"iss": provider.issuer, "aud": CLIENT, "iat": now, "exp": now + 3600, "nonce": code.get_nonce()}
            return provider.sign({**claims, **provider.user})

    return Grant, Identity


@contextmanager
def provided():
    """Run one on a free port of this machine."""
    provider, app = Provider(), Flask("provider")
    server = AuthorizationServer(app, query_client=lambda name: Client() if name == CLIENT else None, save_token=_kept)
    grant, identity = _grants(provider)
    server.register_grant(grant, [CodeChallenge(required=True), identity(require_nonce=True)])

    @app.before_request
    def _note():
        provider.asked.append(request.path)

    @app.get("/.well-known/openid-configuration")
    def about():
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return jsonify(issuer=provider.issuer, **{name: f"{provider.issuer}/{at}" for name, at in names.items()})

    @app.get("/keys")
    def keys():
        return jsonify(KeySet([provider.published]).as_dict(private=False))

    @app.get("/authorize")
    def authorize():
        grant = server.get_consent_grant(end_user=provider.user)
        return server.create_authorization_response(grant=grant, grant_user=provider.user)

    @app.post("/token")
    def token():
        return server.create_token_response()

    listening = make_server("127.0.0.1", 0, app, threaded=True)
    provider.issuer = f"http://127.0.0.1:{listening.server_port}"
    thread = Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield provider
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def _kept(token, request):
    """Keep no token: nobody asks for it again."""
