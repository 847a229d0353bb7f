"""What the database keeps encrypted: e-mail, telephone and account numbers, under keys that lie outside of it.

A column that holds such a value is `mapped_column(Sealed("clients.phone"))`: encrypted on its way in, readable on its
way out, and of no use to whoever has the database alone. Where a row must be found by the value, a second column
`mapped_column(BlindIndex("clients.phone"), default=same_as("phone"))` keeps a keyed hash of it. What people write in
their own words (messages, notes) may hold any of these, so it is sealed whole.
"""

import base64
import secrets
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, Engine, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from service.errors import SetupError
from service.keyed import keyed_hex
from service.storage.columns import read_json, write_json

PREFIX = "sealed"
NONCE_BYTES = 12
INDEX_KEY = "index"
AUDIT_KEY = "audit"
LASTING = (INDEX_KEY, AUDIT_KEY)


class KeyRing:
    """The keys that values are encrypted with: the first seals, all of them unseal.

    `lasting` are keys that outlive every rotation (hashes made with them can't be made again): they lie in the
    database, sealed with this ring; see `service/data_keys.py`.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise SetupError("there is no data key; set OTKLIK_DATA_KEYS")
        self._ciphers = {key_id(key): AESGCM(_derived(key)) for key in reversed(keys)}
        self.current = key_id(keys[0])
        self.lasting: dict[str, bytes] = {}

    def seal(self, value: str, purpose: str) -> str:
        """`value` encrypted with the current key; `purpose` must be the same to read it again."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        hidden = self._ciphers[self.current].encrypt(nonce, value.encode("utf-8", "surrogatepass"), purpose.encode())
        return f"{PREFIX}:{self.current}:{base64.urlsafe_b64encode(nonce + hidden).decode()}"

    def unseal(self, sealed: str, purpose: str) -> str:
        """What was sealed; SetupError when no key of the ring fits, or when it was changed or moved."""
        prefix, _, rest = sealed.partition(":")
        key, _, hidden = rest.partition(":")
        cipher = self._ciphers.get(key) if prefix == PREFIX else None
        if cipher is None:
            raise SetupError(
                f"a value of {purpose} was sealed with the key {key or 'none'}, which is not in the ring; "
                "put that key back behind the current one in OTKLIK_DATA_KEYS"
            )
        try:
            content = base64.b64decode(hidden, b"-_", validate=True)
            return cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], purpose.encode()).decode(
                "utf-8", "surrogatepass"
            )
        except (InvalidTag, ValueError) as error:
            raise SetupError(f"a sealed value of {purpose} was changed in the database; restore it") from error

    def is_current(self, sealed: str) -> bool:
        """Whether a value was sealed with the current key."""
        return sealed.startswith(f"{PREFIX}:{self.current}:")

    def mac(self, name: str, words: str) -> str:
        """The keyed hash (64 hexadecimal digits) of `words` with the lasting key of this name."""
        key = self.lasting.get(name)
        if key is None:
            raise SetupError(f"the {name} key of this database is not open; open it with service.data_keys.open_keys")
        return keyed_hex(key, words)

    def blind(self, value: str, purpose: str) -> str:
        """What a `BlindIndex` of this purpose keeps of a value."""
        return self.mac(INDEX_KEY, f"{purpose}\0{value}")


def key_id(key: str) -> str:
    """The name of a key, which says nothing about it."""
    return sha256(b"otklik key id\0" + key.encode()).hexdigest()[:8]


def _derived(key: str) -> bytes:
    return HKDF(SHA256(), 32, salt=b"otklik", info=b"data at rest").derive(key.encode())


_rings: WeakKeyDictionary[Dialect, KeyRing] = WeakKeyDictionary()


def use_ring(engine: Engine, ring: KeyRing) -> None:
    """Seal and unseal with this ring whatever goes through the engine."""
    _rings[engine.dialect] = ring


def ring_of(where: Connection | Dialect) -> KeyRing:
    """The ring of a database; SetupError for one that was opened without."""
    ring = _rings.get(where.dialect if isinstance(where, Connection) else where)
    if ring is None:
        raise SetupError("this database was opened without its data keys; open it with Database(url, ring=...)")
    return ring


class Sealed(TypeDecorator[str]):
    """A text that is encrypted in the database (AES-256-GCM); each sealing of one value looks different.

    `purpose` is the column's name, «clients.phone»: what is moved to another column can't be read there. Such a column
    can't be searched or sorted by; see BlindIndex.
    """

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database, sealed."""
        return None if value is None else ring_of(dialect).seal(value, self.purpose)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """From the database, readable."""
        return None if value is None else ring_of(dialect).unseal(value, self.purpose)


class SealedJson(TypeDecorator[Any]):
    """Values of JSON, encrypted as `Sealed` does it."""

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To the database, sealed."""
        return None if value is None else ring_of(dialect).seal(write_json(value), self.purpose)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """From the database, readable."""
        return None if value is None else read_json(ring_of(dialect).unseal(value, self.purpose))


class BlindIndex(TypeDecorator[str]):
    """A keyed hash of a text, for `WHERE column = :plain` and unique constraints; the text can't be had back.

    Equal texts have equal hashes, so give it what you compare by: +79131234567, an address in small letters.
    """

    impl = String(64)
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database, hashed with the index key."""
        return None if value is None else ring_of(dialect).blind(value, self.purpose)

    def process_result_value(self, value: Any, _dialect: Dialect) -> str | None:
        """The hash as it is."""
        return None if value is None else str(value)


def same_as(column: str) -> Callable[[Any], str | None]:
    """The default of a blind index: what is inserted into `column` of the same row."""

    def read(context: Any) -> str | None:
        value: str | None = context.get_current_parameters().get(column)
        return value

    return read
