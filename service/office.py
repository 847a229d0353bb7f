"""Everything a message needs, opened once: database, understanding, knowledge, rules, channels, events."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from models.bundle import Bundle
from models.encoder import Encoder, load_encoder
from models.errors import ModelError
from models.taxonomy import Taxonomy
from service import vault
from service.backoffice import open_back_office
from service.backoffice.base import BackOffice
from service.bell import Bell
from service.channel_book import ChannelBook
from service.courtesies import Courtesies
from service.data_keys import open_keys, read_ring
from service.domain.conversations import ChannelKind
from service.domain.intents import Priority, Rules
from service.domain.waiting import Ageing
from service.errors import SetupError
from service.events import Events, open_events
from service.file_store import FileStore
from service.guard import Guard, MessageLimits
from service.intent_book import IntentBook
from service.kept_understandings import KeptUnderstandings
from service.knowledge import Knowledge, ranking_of
from service.mail import open_mail
from service.mail.base import Postman
from service.metrics import Metrics
from service.model_shelf import Model, ModelShelf, load_model
from service.ongoing import Ongoing
from service.past_replies import PastReplies
from service.policies.reply_time import StaffHours
from service.rates import Rates
from service.reader_process import ReaderPool
from service.replies import Wording
from service.right_of_way import RightOfWay
from service.rule_making import make_rules, read_taxonomy, seed_departments, whole_taxonomy
from service.settings import Settings, environment_of_channels
from service.shift_book import ShiftBook
from service.storage import records
from service.storage.database import Database
from service.storage.departments import Department
from service.storage.migrate import check_current
from service.storage.sealed import ring_of
from service.typing_board import TypingBoard
from service.understanding import Reader, Understands, load_reader
from service.vectors import Vectors
from service.word_book import WordBook


def now_utc() -> datetime:
    """The clock of the service; tests bring their own."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Office:
    """What inbox, desk, outbox and worker work with."""

    settings: Settings
    database: Database
    rules: Rules
    reader: Understands
    models: ModelShelf
    knowledge: Knowledge
    wording: Wording
    channels: ChannelBook
    courtesies: Courtesies
    events: Events
    typing: TypingBoard
    files: FileStore
    metrics: Metrics
    hours: StaffHours
    reply_minutes: Mapping[Priority, int]
    signing_key: str
    vectors: Vectors
    past_replies: PastReplies
    shift_book: ShiftBook
    word_book: WordBook
    guard: Guard
    back_office: BackOffice | None = None
    postman: Postman | None = None
    clock: Callable[[], datetime] = now_utc
    bell: Bell = field(default_factory=Bell)
    doorbell: Bell = field(default_factory=Bell)
    way: RightOfWay = field(default_factory=RightOfWay)
    ongoing: Ongoing = field(default_factory=Ongoing)
    kept: KeptUnderstandings = field(default_factory=KeptUnderstandings)

    def kind_of(self, channel: str) -> ChannelKind:
        """The kind of a channel; SetupError for one that isn't in the table."""
        if channel not in self.channels:
            raise SetupError(f"there is no channel {channel!r}; known are {', '.join(sorted(self.channels))}")
        return self.channels[channel].kind

    def rules_now(self) -> Rules:
        """The rules with the departments and the routing table as they are now."""
        known = tuple(each.id for each in self.shift_book.departments()) or self.rules.departments
        return replace(self.rules, departments=known, routes=self.shift_book.routes())

    def open_departments(self) -> tuple[Department, ...]:
        """The departments that take conversations, in their order; as they were at most two seconds ago."""
        return tuple(each for each in self.shift_book.departments() if each.is_open)

    def ageing(self) -> Ageing:
        """What the order of the queue needs to know of time."""
        return Ageing(self.clock(), self.settings.ageing_minutes)

    def close(self) -> None:
        """Give everything back."""
        self.models.close()
        if isinstance(self.reader, ReaderPool):
            self.reader.close()
        if self.back_office is not None:
            self.back_office.close()
        self.courtesies.close()
        self.events.close()
        self.database.close()


def open_office(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = now_utc,
    model: Model | None = None,
    reads: bool = True,
    readers: int = 0,
    core: int | None = None,
) -> Office:
    """Open the service on a migrated database.

    Raises SetupError saying what is missing and which command mends it. A missing or broken model is not fatal:
    clients are served by keywords and people. `model` may be given by tests that load it once for many offices;
    with `reads=False` nothing is loaded that only the reading of messages needs, for commands about staff.
    `readers` processes to understand messages are forked here, before any thread; they keep off the `core`.
    """
    shipped = make_rules(read_taxonomy(settings), settings)
    database = _migrated_database(settings)
    rules = replace(shipped, intents=IntentBook(database, shipped.intents))
    taxonomy = whole_taxonomy(database, settings)
    seed_departments(database, taxonomy)
    metrics = Metrics()
    models = _shelf(model, settings, taxonomy, database) if reads else ModelShelf(Model(None, "not asked for"))
    encoder = encoder_for(models.live) if reads else None
    vectors, cache = Vectors(encoder), settings.var_dir / "article_vectors.npz"
    knowledge = Knowledge(database, encoder, settings.languages, cache, ranking_of(models.live))
    if reads:
        knowledge.load()
    past_replies = PastReplies(database, vectors)
    models.before_swap = partial(follow_model, knowledge, vectors, past_replies)
    alone = load_reader(models, settings.language_data, knowledge, metrics)
    reader = _with_readers(alone, knowledge, vectors, metrics, readers, core) if readers else alone
    events = open_events(settings.redis_url)  # after the fork: it may start a thread
    hours = StaffHours(settings.staff_opens, settings.staff_closes, ZoneInfo(settings.staff_zone))
    return Office(
        settings=settings,
        database=database,
        rules=rules,
        reader=reader,
        models=models,
        knowledge=knowledge,
        wording=Wording(knowledge, rules),
        channels=_channel_book(database, events),
        courtesies=Courtesies(),
        events=events,
        typing=TypingBoard(events),
        files=_file_store(settings),
        metrics=metrics,
        hours=hours,
        reply_minutes=_reply_minutes(settings),
        signing_key=_signing_key(database, settings),
        vectors=vectors,
        past_replies=past_replies,
        shift_book=ShiftBook(database, hours),
        word_book=_word_book(database, events),
        postman=open_mail(settings, clock),
        back_office=open_back_office(settings, database, clock, metrics.note_back_office),
        guard=_guard(settings, database, events, metrics),
        clock=clock,
    )


def _with_readers(
    alone: Reader, knowledge: Knowledge, vectors: Vectors, metrics: Metrics, readers: int, core: int | None
) -> ReaderPool:
    pool = ReaderPool(alone, knowledge, metrics, readers, core)
    vectors.elsewhere = pool.encode
    return pool


def follow_model(knowledge: Knowledge, vectors: Vectors, past_replies: PastReplies, bundle: Bundle) -> None:
    """Let everything that compares meanings go over to a model's encoder, before the model answers."""
    knowledge.follow(bundle)
    if vectors.encoder != bundle.encoder.name:
        vectors.use(bundle.encoder)
        past_replies.load()


def _migrated_database(settings: Settings) -> Database:
    database = Database(
        settings.database, connections=settings.threads, synchronous=settings.sqlite_synchronous,
        ring=read_ring(settings),
    )  # fmt: skip
    check_current(database)
    open_keys(database)
    return database


def _file_store(settings: Settings) -> FileStore:
    most_bytes = settings.file_max_mb * 2**20
    return FileStore(settings.var_dir / "files", most_bytes=most_bytes, scanner=settings.file_scanner)


def _reply_minutes(settings: Settings) -> dict[Priority, int]:
    return {
        Priority.URGENT: settings.reply_minutes_urgent,
        Priority.HIGH: settings.reply_minutes_high,
        Priority.NORMAL: settings.reply_minutes_normal,
    }


def _shelf(model: Model | None, settings: Settings, taxonomy: Taxonomy, database: Database) -> ModelShelf:
    start = model or (lambda: load_model(settings.model, taxonomy))
    return ModelShelf(
        start, database=database, registry=settings.registry, taxonomy=lambda: whole_taxonomy(database, settings)
    )


def _channel_book(database: Database, events: Events) -> ChannelBook:
    book = ChannelBook(database, environment_of_channels())
    book.follow(events)
    return book


def _guard(settings: Settings, database: Database, events: Events, metrics: Metrics) -> Guard:
    limits = MessageLimits(
        settings.visitor_messages_per_minute, settings.address_messages_per_minute,
        settings.channel_messages_per_minute, settings.sessions_per_minute,
    )  # fmt: skip
    key = vault.keyed_hash(_signing_key(database, settings), "rates")
    return Guard(database, Rates(settings.redis_url, key), limits, events, metrics)


def _word_book(database: Database, events: Events) -> WordBook:
    book = WordBook(database)
    book.follow(events)
    return book


def encoder_for(bundle: Bundle | None) -> Encoder | None:
    """The encoder of the model, shared with the search; the default one without a model; None if that fails too."""
    if bundle is not None:
        return bundle.encoder
    try:
        return load_encoder("use")
    except ModelError:
        return None


def _signing_key(database: Database, settings: Settings) -> str:
    if settings.secret:
        return settings.secret
    with database.read() as connection:
        kept, ring = records.get_note(connection, records.SIGNING_KEY), ring_of(connection)
    if kept is None:
        with database.write() as connection:
            fresh = ring.seal(secrets.token_urlsafe(48), records.SIGNING_KEY)
            kept = records.keep_first_note(connection, records.SIGNING_KEY, fresh)
    return ring.unseal(kept, records.SIGNING_KEY)
