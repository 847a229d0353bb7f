"""Every setting of the service, from OTKLIK_* environment variables or a `.env` file; `otklik settings` prints them."""

import os
import re
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """All settings with their defaults; every field says what it is for."""

    model_config = SettingsConfigDict(env_prefix="OTKLIK_", env_file=".env", extra="ignore", frozen=True)

    var_dir: Path = Field(Path("var"), description="Folder for everything the service writes: database, model, caches.")
    database_url: str = Field(
        "", description="SQLAlchemy URL; empty means SQLite in var_dir. PostgreSQL: postgresql+psycopg://user@host/db"
    )
    redis_url: str = Field("", description="redis://...; needed when several processes serve one database.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8080, description="Port to listen on.")
    secret: str = Field(
        "", description="Key that signs visitor tokens; empty means one is made once and kept in the database."
    )
    data_keys: str = Field(
        "",
        description="Keys that encrypt addresses, numbers and what people write, separated by commas; the first is the "
        "current one. Empty: one is made once in the file var_dir/data_keys.",
    )
    model_dir: Path | None = Field(None, description="Trained model (artifact folder); default var_dir/model.")
    taxonomy: Path = Field(PROJECT / "training/data/taxonomy.yaml", description="The intents and departments.")
    language_data: Path = Field(
        PROJECT / "training/data", description="Folder with keywords/ and mood/ word lists by language."
    )
    articles: Path = Field(PROJECT / "knowledge_base/articles", description="Folder of articles that import reads.")
    facts: Path = Field(PROJECT / "knowledge_base/facts.toml", description="Figures that the articles refer to.")
    languages: Annotated[tuple[Literal["ru", "en"], ...], Field(min_length=1)] = Field(
        ("ru", "en"), description="Languages the bot speaks; the first is the default."
    )
    intent_modes: dict[str, Literal["auto", "suggest", "off"]] = Field(
        default_factory=dict, description='Intents not on "auto", as JSON: {"cashback": "suggest"}.'
    )
    burst_seconds: Annotated[float, Field(ge=0, le=30)] = Field(
        1.5, description="Short messages within this many seconds are understood together; 0 switches it off."
    )
    repeat_minutes: Annotated[int, Field(ge=0)] = Field(
        30, description="An answer is not said twice in a row within this many minutes."
    )
    max_message_chars: Annotated[int, Field(ge=100)] = Field(4000, description="Longest message a client may send.")
    staff_opens: time = Field(time(0, 0), description="When people start work; equal to staff_closes: round the clock.")
    staff_closes: time = Field(time(0, 0), description="When people stop work.")
    staff_zone: str = Field("Europe/Moscow", description="Time zone of the staff's hours.")
    reply_minutes_urgent: Annotated[int, Field(ge=1)] = Field(2, description="Promised first reply, urgent.")
    reply_minutes_high: Annotated[int, Field(ge=1)] = Field(10, description="Promised first reply, high.")
    reply_minutes_normal: Annotated[int, Field(ge=1)] = Field(20, description="Promised first reply, normal.")
    assignment_mode: Literal["pull", "push"] = Field(
        "pull", description="How conversations reach operators where no route says it: taken (pull) or assigned (push)."
    )
    ageing_minutes: Annotated[int, Field(ge=0)] = Field(
        30, description="After so many minutes in the queue a client counts as one priority higher; 0 switches it off."
    )
    operator_capacity: Annotated[float, Field(gt=0)] = Field(
        5, description="Slots of an operator where their account says nothing else; assignment never fills more."
    )
    channel_slots: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description='Slots that a conversation takes, as JSON: {"email": 0.5}; 1 where not named.'
    )
    call_slots: Annotated[float, Field(gt=0)] = Field(3, description="Slots that a phone call takes.")
    presence_lost_seconds: Annotated[int, Field(ge=10)] = Field(
        60, description="A console that is silent for longer is gone: its operator is offline."
    )
    presence_grace_seconds: Annotated[int, Field(ge=0)] = Field(
        60, description="So long after an operator went offline their conversations return to the queue."
    )
    sla_next_minutes: Annotated[int, Field(ge=1)] = Field(
        30, description="Target of a next reply, in working minutes, where no target is set for the department."
    )
    sla_resolution_minutes: Annotated[int, Field(ge=1)] = Field(
        480, description="Target of a resolution, in working minutes, where no target is set for the department."
    )
    sla_warn_share: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.8, description="Share of a target after which a warning comes."
    )
    surveys: bool = Field(True, description="Ask the client for a mark from 1 to 5 after a request is closed.")
    survey_days: Annotated[int, Field(ge=1)] = Field(7, description="How long a mark still counts after closing.")
    fresh_minutes: Annotated[int, Field(ge=1)] = Field(
        15, description="What needs a fresh proof of identity is served for so long after a code was typed."
    )
    training_days: Annotated[int, Field(ge=1)] = Field(
        365, description="How long masked messages and their labels are kept for training."
    )
    replay_days: Annotated[int, Field(ge=1)] = Field(
        28, description="A new model is compared with the live one on the messages of so many days."
    )
    visitor_days: Annotated[int, Field(ge=1)] = Field(180, description="How long a visitor's token is valid.")
    visitor_messages_per_minute: Annotated[int, Field(ge=1)] = Field(
        60, description="Messages one client may send a minute; in the web chat more get 429 with Retry-After."
    )
    address_messages_per_minute: Annotated[int, Field(ge=1)] = Field(
        600, description="Messages a minute from one network address; a whole office or a mobile network may share one."
    )
    channel_messages_per_minute: Annotated[int, Field(ge=1)] = Field(
        6000, description="Messages a minute in one channel above which the security department is told."
    )
    sessions_per_minute: Annotated[int, Field(ge=1)] = Field(
        600, description="New chat sessions a minute from one address."
    )
    keep_conversations_days: Annotated[int, Field(ge=0)] = Field(
        1826,
        description="Messages are kept so long, and clients after their last word; 0: for ever.",
    )
    keep_files_days: Annotated[int, Field(ge=0)] = Field(
        1826, description="Files that were sent are kept so long; 0: as long as their messages."
    )
    keep_suggestions_days: Annotated[int, Field(ge=0)] = Field(
        1095, description="Offers to operators and what was learned from their replies are kept so long; 0: for ever."
    )
    keep_traffic_days: Annotated[int, Field(ge=0)] = Field(
        90,
        description="Restrictions, codes and errands are kept so long; 0: for ever.",
    )
    keep_audit_days: Annotated[int, Field(ge=0)] = Field(
        1826, description="The audit trail is kept so long; 0: for ever."
    )
    public_url: str = Field(
        "",
        description="Address under which staff open the service, like https://support.bank.example; "
        "needed behind a proxy and for single sign-on.",
    )
    session_idle_minutes: Annotated[int, Field(ge=1)] = Field(
        60, description="A member of staff who does nothing for so long has to sign in again."
    )
    session_hours: Annotated[int, Field(ge=1)] = Field(
        12, description="After so many hours a member of staff has to sign in again in any case."
    )
    oidc_issuer: str = Field("", description="Address of an OpenID Connect provider; empty: staff use passwords only.")
    oidc_client_id: str = Field("", description="Name of this service at the OpenID Connect provider.")
    oidc_client_secret: str = Field("", description="Secret of this service at the OpenID Connect provider.")
    oidc_claim: str = Field("preferred_username", description="Claim of the provider that holds the login.")
    oidc_create_role: Literal["", "operator", "supervisor", "ml", "admin"] = Field(
        "", description="Role of accounts made at the first single sign-on; empty: administrators add people."
    )
    oidc_create_departments: tuple[str, ...] = Field(
        (), description='Departments of accounts made at the first single sign-on, as JSON: ["cards"]; empty: all.'
    )
    file_max_mb: Annotated[int, Field(ge=1, le=100)] = Field(
        10, description="Largest file a client or an operator may send, in MB."
    )
    file_scanner: str = Field(
        "",
        description="Command that checks a file, given its path, for viruses: 0 is clean, 1 infected.",
    )
    mail: Literal["none", "smtp", "demo"] = Field(
        "none",
        description="How e-mail is sent: not at all (clients can't be verified by codes), by a server, or into the "
        "demo's mailbox page.",
    )
    mail_from: str = Field("", description="Sender of e-mail, like «Bank <no-reply@bank.example>».")
    smtp_host: str = Field("", description="Name of the SMTP server.")
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = Field(587, description="Port of the SMTP server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection to the SMTP server is encrypted; none only for a local relay."
    )
    smtp_ca: Path | None = Field(
        None, description="Certificates (PEM) of those whom we trust to name the mail server; empty: the system's."
    )
    smtp_user: str = Field("", description="User name at the SMTP server; empty: no sign-in.")
    smtp_password: str = Field("", description="Password at the SMTP server.")
    link_days: Annotated[int, Field(ge=1)] = Field(
        90, description="How long a chat stays linked to a client's account after a code was typed."
    )
    code_minutes: Annotated[int, Field(ge=1, le=60)] = Field(10, description="How long a code from a letter is good.")
    phone_region: str = Field("RU", description="Country (ISO 3166) of phone numbers that are written without one.")
    codes_per_address: Annotated[int, Field(ge=3, le=1000)] = Field(
        3,
        description="Codes an hour that may be asked for from one network address (web chat); raise it where many "
        "clients share one, like a mobile network. Accounts and identities always have three.",
    )
    code_guesses_per_day: Annotated[int, Field(ge=10)] = Field(
        400, description="Wrong codes of all clients together after which verification by codes pauses until tomorrow."
    )
    back_office: Literal["none", "demo", "http"] = Field(
        "none",
        description="The bank's own systems: none (people do routine operations), demo (invented clients), "
        "http (the bank's REST API).",
    )
    back_office_url: str = Field("", description="Address of the bank's REST API, like https://api.bank.example/v1.")
    back_office_token: str = Field("", description="Bearer token for the bank's REST API.")
    back_office_cert: Path | None = Field(None, description="Our certificate (PEM) where the bank asks for mutual TLS.")
    back_office_key: Path | None = Field(None, description="The key (PEM, without a password) of our certificate.")
    back_office_ca: Path | None = Field(
        None, description="Certificates (PEM) of those whom we trust to name the bank; empty: the system's."
    )
    back_office_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = Field(
        5, description="How long one try to ask the bank may take."
    )
    back_office_attempts: Annotated[int, Field(ge=1, le=5)] = Field(
        3, description="How often the bank is asked before it counts as away."
    )
    links: dict[str, str] = Field(
        default_factory=dict,
        description='Messengers offered in the widget, as JSON: {"telegram": "https://t.me/bank"}.',
    )
    allowed_origins: tuple[str, ...] = Field(("*",), description="Sites that may embed the widget (CORS).")
    explain: bool = Field(False, description="Let the widget show what was understood (for demos, not for clients).")
    demo_site: bool = Field(False, description="Show a page of an imaginary bank with the widget at /.")
    sqlite_synchronous: Literal["NORMAL", "FULL"] = Field(
        "NORMAL", description="FULL survives power loss at the price of a disk sync for each message."
    )
    threads: Annotated[int, Field(ge=1)] = Field(
        32, description="Threads that serve requests in one process: half of them may wait for one batch of readings."
    )
    console: bool = Field(True, description="Serve the staff console at /console.")
    readers: Annotated[int | None, Field(ge=0, le=64)] = Field(
        None,
        description="Processes that understand messages beside the one that serves; empty: one for each further core, "
        "at most 4; 0: the serving process does it.",
    )
    one_core: bool = Field(
        True,
        description="Keep the serving process on one processor core, and its readers on the others (Linux): a message "
        "costs a quarter less. It moves over all cores while others need that one.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    log_format: Literal["json", "text"] = Field("json", description="json for machines, text for a terminal.")

    @field_validator("staff_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no such time zone: {value}; write one like Europe/Moscow") from error
        return value

    @field_validator("public_url", "oidc_issuer", "back_office_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        plain = value.rstrip("/")
        if plain and not re.match(r"https?://[^/\s?#]+", plain):
            raise ValueError(f"not a web address: {value}; write one like https://support.bank.example")
        return plain

    @cached_property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{(self.var_dir / 'otklik.db').resolve()}"

    @cached_property
    def model(self) -> Path:
        """The artifact folder in force."""
        return self.model_dir or self.var_dir / "model"

    @property
    def registry(self) -> Path:
        """The folder of all versions of the model."""
        return self.var_dir / "models"


def environment_of_channels() -> dict[str, str]:
    """What the environment and `.env` say about channels: OTKLIK_<CHANNEL>_<SETTING>, the environment first."""
    kept = {name.upper(): value for name, value in dotenv_values(".env").items() if value is not None}
    return {name: value for name, value in (kept | dict(os.environ)).items() if name.startswith("OTKLIK_")}
