"""Banks on loopback: any application on a real socket, with TLS when asked; and one that fails as told."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.service.threads import wait_until

PATIENCE_SECONDS = 10.0


@contextmanager
def serving(app: Any, **tls: Any) -> Iterator[str]:
    """The address at which `app` answers during the block."""
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, timeout_graceful_shutdown=1, **tls)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, name="bank", daemon=True)
    thread.start()
    wait_until(lambda: server.started or not thread.is_alive(), "the bank starts")
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), "the bank did not stop"


@dataclass(frozen=True)
class Reply:
    """What a bank answers; `hangs`: nothing at all, until the caller has had enough."""

    status: int = 200
    body: str | bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = ()
    hangs: bool = False


@dataclass
class ScriptedBank:
    """An ASGI application that gives the replies of its script, the last one for ever; notes what it was sent."""

    script: list[Reply]
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.requests.append((scope["method"], scope["path"], headers, body))
        reply = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if reply.hangs:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        told = [(name.encode(), value.encode()) for name, value in reply.headers]
        await send({"type": "http.response.start", "status": reply.status, "headers": told})
        sent = reply.body if isinstance(reply.body, bytes) else reply.body.encode()
        await send({"type": "http.response.body", "body": sent})


@dataclass(frozen=True)
class Papers:
    """An authority with a certificate for 127.0.0.1 and one for a caller, as PEM files in a folder."""

    folder: Path

    def __post_init__(self) -> None:
        key, authority = _authority()
        self._write("ca", authority, key)
        for name in ("server", "caller"):
            own = ec.generate_private_key(ec.SECP256R1())
            self._write(name, _certificate(name, own, key, authority.subject), own)

    def path(self, name: str, kind: str = "pem") -> Path:
        """The certificate (pem) or the key of ca, server or caller."""
        return self.folder / f"{name}.{kind}"

    def server(self, *, asks_for_papers: bool = False) -> dict[str, Any]:
        """How uvicorn is told of them."""
        asked = {"ssl_ca_certs": str(self.path("ca")), "ssl_cert_reqs": ssl.CERT_REQUIRED} if asks_for_papers else {}
        return {"ssl_certfile": str(self.path("server")), "ssl_keyfile": str(self.path("server", "key")), **asked}

    def _write(self, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.folder.mkdir(exist_ok=True)
        self.path(name).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        self.path(name, "key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


def _authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = _begin(name, name, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(usage, critical=True).add_extension(identifier, critical=False)
    return key, builder.sign(key, hashes.SHA256())


def _certificate(
    name: str, own: ec.EllipticCurvePrivateKey, key: ec.EllipticCurvePrivateKey, issuer: x509.Name
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    builder = _begin(subject, issuer, own).add_extension(address, critical=False)
    return builder.add_extension(authority, critical=False).sign(key, hashes.SHA256())


def _begin(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
