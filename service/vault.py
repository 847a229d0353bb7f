"""Secrets of the staff: passwords hashed with argon2id, secrets of one-time codes encrypted at rest."""

import base64
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.keyed import keyed_hex
from service.policies.passwords import LONGEST, normalise

# OWASP's parameters for argon2id: 19 MiB, two passes, one lane. Raise them and passwords are rehashed at sign-in.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_at_once = threading.BoundedSemaphore(4)
"""Each hash takes 19 MiB; a flood of sign-ins waits instead of taking the machine's memory."""


def hash_password(password: str) -> str:
    """The hash to keep; about 20 ms."""
    with _at_once:
        return _hasher.hash(_bytes(password))


def verify_password(password: str, kept: str | None) -> bool:
    """Whether the password is the one that was hashed. Costs the same when there is nothing to compare with."""
    try:
        with _at_once:
            _hasher.verify(kept if kept is not None else _nobodys(), _bytes(password[:LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None and len(password) <= LONGEST


def needs_rehash(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    return _hasher.hash(b"the password of nobody")


def _bytes(password: str) -> bytes:
    return normalise(password).encode("utf-8", "surrogatepass")


class Unreadable(Exception):
    """What was sealed can't be opened: it was sealed with another key, or changed."""


def seal(secret: str, key: str, purpose: str) -> str:
    """`secret` encrypted for keeping, with a key derived from the service's own for this purpose."""
    return _fernet(key, purpose).encrypt(secret.encode()).decode()


def unseal(sealed: str, key: str, purpose: str) -> str:
    """What was sealed; Unreadable when the service's key is another one now."""
    try:
        return _fernet(key, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable(purpose) from error


def keyed_hash(key: str, purpose: str, *parts: object) -> str:
    """What can be compared but not made without the service's key: HMAC-SHA256 (hex) of the parts in their order."""
    derived = HKDF(SHA256(), 32, salt=b"otklik", info=purpose.encode()).derive(key.encode())
    words = "\0".join(str(part) for part in parts)
    return keyed_hex(derived, words)


def _fernet(key: str, purpose: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=b"otklik", info=purpose.encode()).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
