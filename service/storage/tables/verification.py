"""Who is linked to which client of the bank, codes on their way, their limits; errands and letters."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.sealed import BlindIndex, Sealed
from service.storage.tables.base import Base
from service.storage.tables.calls import PHONE

_ACTIVE = text("ended_at IS NULL")


class AccountLinkRow(Base):
    """An identity linked to a client of the bank; at most one that has not ended. Ended ones are kept as history.

    `phone_index` is there when it was a phone that the client proved to be theirs: by it their calls are known.
    """

    __tablename__ = "account_links"
    __table_args__ = (
        Index("account_links_active", "identity_id", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
        Index("account_links_by_account", "account"),
        Index("account_links_by_phone", "phone_index"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"))
    account: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(120))
    phone_index: Mapped[str | None] = mapped_column(BlindIndex(PHONE))
    segment: Mapped[str | None] = mapped_column(String(40))
    linked_at: Mapped[datetime]
    verified_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(100))


class ChallengeRow(Base):
    """A code that was asked for: bound to the identity, the conversation and, once it is found, the bank's client.

    `number` is what the client typed; `code_hash` is keyed. A number that the bank doesn't know has a challenge like
    any other, whose `code_hash` stays empty: no code matches it. `segment` and `language` are what the bank has of its
    client. `wrong` counts tries; `told_at` is when the client was told that they were used up.
    """

    __tablename__ = "code_challenges"
    __table_args__ = (Index("code_challenges_open", "identity_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"))
    number: Mapped[str] = mapped_column(Sealed("code_challenges.number"))
    number_index: Mapped[str] = mapped_column(BlindIndex("code_challenges.number"))
    account: Mapped[str | None] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(Sealed("code_challenges.email"))
    code_hash: Mapped[str | None] = mapped_column(String(64))
    segment: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str | None] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(20))
    wrong: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    told_at: Mapped[datetime | None]


class CodeLimitRow(Base):
    """What one subject (an identity, a number, an account, an address; hashed) has asked for and failed at.

    `sends` are the moments (ISO 8601) of codes asked for within the last hour.
    """

    __tablename__ = "code_limits"

    subject: Mapped[str] = mapped_column(String(100), primary_key=True)
    sends: Mapped[list[Any]]
    failures: Mapped[int] = mapped_column(Integer, default=0)
    last_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class ErrandRow(Base):
    """What a procedure asked to be done outside the database. The id is the key by which the bank knows a repetition.

    `arguments` (JSON) go when the errand has ended.
    """

    __tablename__ = "errands"
    __table_args__ = (Index("errands_due", "state", "due_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"))
    dialogue: Mapped[str] = mapped_column(String(60))
    operation: Mapped[str] = mapped_column(String(60))
    arguments: Mapped[str] = mapped_column(Sealed("errands.arguments"))
    state: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Sealed("errands.error"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class LetterRow(Base):
    """An e-mail on its way. `once` settles repetitions; `content` (JSON, with the address) goes when it was sent."""

    __tablename__ = "letters"
    __table_args__ = (Index("letters_due", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    content: Mapped[str] = mapped_column(Sealed("letters.content"))
    state: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Sealed("letters.error"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
