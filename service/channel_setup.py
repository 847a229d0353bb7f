"""Channels for administrators: how they are, what is set, whether they answer, a test message."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from service import channel_health
from service.channel_book import ChannelEntry, Condition, read_settings
from service.channels import settings_of
from service.channels.base import (
    AccountBroken,
    Connector,
    Delivery,
    FateUnknown,
    Polls,
    RecipientMoved,
    RetryLater,
    SetsWebhook,
    Setting,
    Undeliverable,
    problem_of,
)
from service.domain.channels import ChannelRules
from service.domain.staff import StaffMember
from service.errors import ChannelRefused, InvalidInput, NotFound, SetupError
from service.office import Office
from service.permits import must
from service.policies.permissions import Action
from service.storage import channels
from service.storage.audit import record_audit
from service.storage.channels import Traffic
from service.storage.staff import must_work

LONGEST_VALUE = 2000
WEBHOOK_PATH = "/channels/v1/"
TEST_MESSAGE = "Otklik: ✓"


@dataclass(frozen=True)
class ShownSetting:
    """A setting as an administrator sees it: a secret only as set or not."""

    setting: Setting
    value: str
    is_set: bool
    from_environment: bool


@dataclass(frozen=True)
class ChannelState:
    """A channel as an administrator sees it; `traffic` is that of the last day.

    `webhook` is where its platform sends news; empty where the service asks for them itself.
    """

    name: str
    condition: Condition
    enabled: bool
    trouble: str | None
    last_error: str | None
    last_error_at: datetime | None
    rules: ChannelRules
    settings: tuple[ShownSetting, ...]
    missing: tuple[str, ...]
    traffic: Traffic
    sets_webhook: bool
    webhook: str


def list_channels(staff: StaffMember, office: Office) -> list[ChannelState]:
    """The platforms outside, in the order of the table."""
    must(staff, Action.EDIT_CHANNELS)
    office.channels.load()
    with office.database.read() as connection:
        done = channels.traffic(connection, office.clock() - timedelta(days=1))
    return [_state(entry, done.get(entry.kept.name, Traffic()), office) for entry in office.channels.connectors()]


def _state(entry: ChannelEntry, traffic: Traffic, office: Office) -> ChannelState:
    name = entry.channel.name
    asks = isinstance(entry.channel, Polls) and entry.channel.polls()
    webhook = "" if asks else f"{office.settings.public_url}{WEBHOOK_PATH}{name}"
    return ChannelState(
        name, entry.condition, entry.kept.enabled, entry.kept.trouble, entry.kept.last_error, entry.kept.last_error_at,
        entry.channel.rules, tuple(_shown(each, entry) for each in settings_of(type(entry.channel))), entry.missing,
        traffic, isinstance(entry.channel, SetsWebhook) and not asks, webhook,
    )  # fmt: skip


def _shown(setting: Setting, entry: ChannelEntry) -> ShownSetting:
    said = entry.values.get(setting.name, "")
    value = "" if setting.secret else said or setting.default
    return ShownSetting(setting, value, bool(said), setting.name in entry.from_environment)


def set_up(name: str, values: Mapping[str, str], enabled: bool, staff: StaffMember, office: Office) -> None:
    """Keep these settings. A secret that is left empty stays as it is; those of the environment can't be changed.

    Whatever had stopped the channel is forgotten: it tries again at once.
    """
    must(staff, Action.EDIT_CHANNELS)
    entry = _entry(name, office)
    with office.database.write() as connection:
        must_work(connection, staff.id)
        kept = channels.get(connection, name)
        before = read_settings(kept)
        after = dict(before)
        for setting in settings_of(type(entry.channel)):
            said = values.get(setting.name)
            if said is None or setting.name in entry.from_environment or (setting.secret and not said.strip()):
                continue
            after[setting.name] = _checked(setting, said)
        changed = sorted(each for each in after if after[each] != before.get(each, ""))
        channels.set_up(connection, name, json.dumps(after), enabled)
        data = {"settings": changed, "enabled": enabled}  # names only: what is set may be a secret
        record_audit(connection, staff.login, "channel_set_up", "channel", name, data, office.clock())
    channel_health.tell(name, office)


def _checked(setting: Setting, said: str) -> str:
    value = said.strip(" ")
    if setting.choices and value not in setting.choices:
        raise InvalidInput(f"{setting.name}: must be one of {', '.join(setting.choices)}")
    if len(value) > LONGEST_VALUE or any(each < " " for each in value):
        raise InvalidInput(f"{setting.name}: is too long, or has line breaks", reason="channel_bad_setting")
    if setting.name.endswith("url") and value and not re.match(r"https?://[^/\s?#@]+(?:[/?#]|$)", value):
        raise InvalidInput(f"{setting.name}: is no web address", reason="channel_bad_address")
    return value


def check(name: str, staff: StaffMember, office: Office) -> str:
    """Ask the platform who we are; its answer for people. A channel that had stopped goes on when it answers.

    Raises ChannelRefused with what the platform said.
    """
    must(staff, Action.EDIT_CHANNELS)
    connector = _connector(name, office)
    try:
        said = connector.check()
    except AccountBroken as trouble:
        channel_health.stop_now(name, problem_of(trouble), office)
        raise _refused(name, trouble) from None
    except (RetryLater, Undeliverable, FateUnknown) as error:
        channel_health.note_error(name, problem_of(error), office)
        raise _refused(name, error) from None
    channel_health.resume(name, office)
    return said


def set_webhook(name: str, staff: StaffMember, office: Office) -> str:
    """Tell the platform where to send its news; what it said. SetupError without OTKLIK_PUBLIC_URL."""
    must(staff, Action.EDIT_CHANNELS)
    connector = _connector(name, office)
    if not isinstance(connector, SetsWebhook):
        raise InvalidInput(f"{name}: its webhook is set at the platform by hand", reason="channel_no_webhook")
    if not office.settings.public_url:
        raise SetupError("set OTKLIK_PUBLIC_URL to the address under which platforms reach the service")
    try:
        said = connector.set_webhook(f"{office.settings.public_url}{WEBHOOK_PATH}{name}")
    except (AccountBroken, RetryLater, Undeliverable, FateUnknown) as error:
        raise _refused(name, error) from None
    with office.database.write() as connection:
        record_audit(connection, staff.login, "channel_webhook_set", "channel", name, {}, office.clock())
    return said


def send_test(name: str, recipient: str, staff: StaffMember, office: Office) -> None:
    """Send one short message to somebody's id on the platform, past the outbox; ChannelRefused when it fails."""
    must(staff, Action.EDIT_CHANNELS)
    connector = _connector(name, office)
    who = recipient.strip()
    if not 0 < len(who) <= 200:
        raise InvalidInput("recipient: write the id of a client on the platform", reason="channel_no_recipient")
    try:
        connector.deliver(Delivery(who, f"test-{secrets.token_hex(8)}", TEST_MESSAGE))
    except (AccountBroken, RetryLater, Undeliverable, FateUnknown, RecipientMoved) as error:
        raise _refused(name, error) from None
    with office.database.write() as connection:
        record_audit(connection, staff.login, "channel_tested", "channel", name, {}, office.clock())


def _entry(name: str, office: Office) -> ChannelEntry:
    entry = next((each for each in office.channels.connectors() if each.channel.name == name), None)
    if entry is None:
        known = ", ".join(each.channel.name for each in office.channels.connectors())
        raise NotFound(f"there is no channel {name[:40]!r} that can be set up; there are {known}")
    return entry


def _connector(name: str, office: Office) -> Connector:
    entry = _entry(name, office)
    if entry.missing:
        names = ", ".join(f"OTKLIK_{name}_{each}".upper() for each in entry.missing)
        raise InvalidInput(f"{name} is not set up: {names} is missing", reason="channel_not_set_up")
    connector: Connector = entry.channel  # type: ignore[assignment] # it is among the connectors
    return connector


def _refused(name: str, error: Exception) -> ChannelRefused:
    return ChannelRefused(str(error), channel=name, problem=problem_of(error))
