"""A small OpenID Connect provider in a thread, on loopback: issues codes, checks PKCE, signs tokens."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.service.conftest import Clock


@dataclass
class Provider:
    """What it answers can be bent: `claims` go over the right ones, `key` signs, `broken` names a path that fails."""

    clock: Clock
    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    claims: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    broken: str = ""
    signing_key: RSAKey | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})

    def approve(self, address: str, login: str) -> dict[str, str]:
        """The person signs in at the provider: what comes back to our callback."""
        query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = uuid4().hex
        self.codes[code] = query | {"login": login}
        return {"code": code, "state": query["state"]}

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Serve one request."""
        if path == self.broken:
            return 500, {"error": "server_error"}
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys",
            } | self.metadata  # fmt: skip
        if path == "/keys":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if path == "/token":
            return self._token(form, authorization)
        return 404, {}

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        secret = base64.b64encode(b"otklik:secret").decode()
        if asked is None or asked["code_challenge"] != challenge or authorization != f"Basic {secret}":
            return 400, {"error": "invalid_grant"}
        if form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(self.clock.now.timestamp())
        claims = {
            "iss": self.url, "aud": "otklik", "sub": "1", "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            "preferred_username": asked["login"], "name": "Анна Петровна",
        } | self.claims  # fmt: skip
        claims = {key: value for key, value in claims.items() if value is not None}
        signed = jwt.encode(self.headers, claims, self.signing_key or self.key)
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": signed}


@contextmanager
def running(provider: Provider) -> Iterator[Provider]:
    """The provider, listening on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(provider.answer(urlsplit(self.path).path, {}, ""))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {key: values[0] for key, values in parse_qs(body).items()}
            self._send(provider.answer(self.path, form, self.headers.get("Authorization", "")))

        def _send(self, answered: tuple[int, dict[str, Any]]) -> None:
            self.send_response(answered[0])
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answered[1]).encode())

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
