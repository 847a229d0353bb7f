"""The keys that outlive every rotation: in the notes of the database, sealed with the ring of the service."""

import secrets

from sqlalchemy import Connection

from service.storage import records
from service.storage.sealed import LASTING, KeyRing

_NOTE = "lasting_key_{}"
NOTES = tuple(_NOTE.format(name) for name in LASTING)


def find_key(connection: Connection, ring: KeyRing, name: str) -> bool:
    """Open the lasting key of this name, if the database has one; SetupError when it was sealed with another ring."""
    sealed = records.get_note(connection, _NOTE.format(name))
    if sealed is not None:
        _open(sealed, ring, name)
    return sealed is not None


def make_key(connection: Connection, ring: KeyRing, name: str) -> bool:
    """The same, made when it is missing; whether it is this one that was made."""
    fresh = ring.seal(secrets.token_hex(32), _NOTE.format(name))
    kept = records.keep_first_note(connection, _NOTE.format(name), fresh)
    _open(kept, ring, name)
    return kept == fresh


def _open(sealed: str, ring: KeyRing, name: str) -> None:
    ring.lasting[name] = bytes.fromhex(ring.unseal(sealed, _NOTE.format(name)))
