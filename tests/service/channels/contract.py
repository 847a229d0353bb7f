"""What every channel promises; a new channel inherits these cases and brings its own `channel` and faults.

`ChannelContract` is for all; `ConnectorContract` adds what a platform outside has: webhooks that are signed, failures
that are classed, secrets that never show.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from service.channels import CHANNELS, connect, open_channels, settings_of
from service.channels.base import (
    Channel,
    Connector,
    Delivery,
    FateUnknown,
    Ignored,
    Malformed,
    MessageCame,
    Receipt,
    RetryLater,
    SignatureRefused,
    Undeliverable,
    WebhookRequest,
)
from service.domain.channels import ChannelKind, ChannelRules
from service.domain.messages import Button, InboundMessage
from service.policies.parting import part_message
from tests.doubles.platform import Answered, Fault, PlatformDouble, always

BUTTONS = (Button("Да, помогло", "feedback:yes"), Button("Сайт", url="https://bank.example"))
TEXTS = ("Здравствуйте!", "я" * 4000, "<b>не разметка</b> & *не* _она_ [x](y)", "🎄👩‍👩‍👧", "строка\n\tещё\n")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class ChannelContract:
    """Inherited by the tests of each channel."""

    RECIPIENT = "client"

    @pytest.fixture
    def channel(self) -> Channel:
        """The channel under test, with a platform that works."""
        raise NotImplementedError

    def test_it_is_in_the_table_under_its_own_name(self, channel: Channel) -> None:
        assert type(channel) in CHANNELS
        assert type(open_channels()[channel.name]) is type(channel)

    def test_its_name_fits_the_database_and_an_address(self, channel: Channel) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_-]{1,39}", channel.name)

    def test_it_says_what_kind_it_is(self, channel: Channel) -> None:
        assert isinstance(channel.kind, ChannelKind)
        assert isinstance(channel.pushes, bool)
        assert isinstance(channel.takes_files, bool)
        assert isinstance(channel.rules, ChannelRules)

    @pytest.mark.parametrize("text", TEXTS)
    def test_it_delivers_any_text_we_may_say(self, channel: Channel, text: str) -> None:
        for number, part in enumerate(part_message(text, (), (), channel.rules, "")):
            delivery = Delivery(self.RECIPIENT, f"✉1/{number + 1}", part.text, part.buttons)
            assert isinstance(channel.deliver(delivery), Receipt)

    def test_it_delivers_buttons(self, channel: Channel) -> None:
        (part,) = part_message("Это помогло?", BUTTONS, (), channel.rules, "Ответьте цифрой.")
        assert isinstance(channel.deliver(Delivery(self.RECIPIENT, "✉1/2", part.text, part.buttons)), Receipt)

    def test_the_same_key_gets_the_same_receipt_where_the_platform_deduplicates(self, channel: Channel) -> None:
        delivery = Delivery(self.RECIPIENT, "✉1/2", "Здравствуйте")
        receipts = {channel.deliver(delivery), channel.deliver(delivery)}
        assert len(receipts) == 1 or not channel.rules.has_idempotency_key

    def test_receipts_of_different_messages_differ(self, channel: Channel) -> None:
        sent = [Delivery(self.RECIPIENT, f"✉1/{n}", "Здравствуйте") for n in range(3)]
        assert len({channel.deliver(each).platform_id for each in sent}) == 3


@dataclass(frozen=True)
class Captured:
    """A request in the form that the platform sends, and what it means: `message`, or nothing for one to ignore.

    `files` are the references of the files that come with it.
    """

    request: WebhookRequest
    message: InboundMessage | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """A fault of the platform and the exception that says what it means for the message."""

    what: str
    fault: Fault
    means: type[Exception]
    after_seconds: float | None = field(default=None)


COMMON_CASES = (
    Case("hangs up before it has answered", always("accept_and_drop"), FateUnknown),
    Case("HTTP 429 with Retry-After", always(Answered(status=429, headers={"Retry-After": "17"})), RetryLater, 17.0),
    Case("HTTP 500", always(Answered(status=500)), RetryLater),
    Case("HTTP 503", always(Answered(status=503)), RetryLater),
    Case("a gateway that gave up (HTTP 504)", always(Answered(status=504)), FateUnknown),
    Case("a page of a provider instead of JSON", always(Answered(b"<html>", 200)), FateUnknown),
)


class ConnectorContract(ChannelContract):
    """Inherited by the tests of each platform; they bring the settings, a double, captured requests and faults.

    SETTINGS are values for all settings of the channel but the base address, which ADDRESS names. `double` runs while a
    test does, and at GONE is nothing. A channel that is no HTTP platform brings COMMON faults of its own; one that
    nobody calls is not SIGNED: it refuses every request, and `parse` reads what it fetches.
    """

    KIND: type[Channel]
    SETTINGS: dict[str, str]
    ADDRESS = "api_url"
    GONE = "http://127.0.0.1:9"
    SIGNED = True
    COMMON = COMMON_CASES
    CASES: tuple[Case, ...] = ()

    @pytest.fixture
    def double(self) -> Iterator[PlatformDouble]:
        """The platform."""
        raise NotImplementedError

    @pytest.fixture
    def channel(self, double: PlatformDouble) -> Channel:
        """Connected to the double."""
        return connect(self.KIND, self.SETTINGS | {self.ADDRESS: double.url})

    @pytest.fixture
    def connector(self, channel: Channel) -> Connector:
        """The same, for what only connectors do."""
        return channel  # type: ignore[return-value]

    def captured(self) -> list[Captured]:
        """Requests as they come, signed at NOW: of each kind that means something, and one to ignore."""
        raise NotImplementedError

    def refused(self) -> list[WebhookRequest]:
        """Requests that must be refused: without a signature, with a wrong one, and (where signed) an old one."""
        raise NotImplementedError

    def malformed(self) -> list[WebhookRequest]:
        """Well signed requests that are not in the platform's format."""
        raise NotImplementedError

    def messages(self, connector: Connector, captured: Captured) -> list[MessageCame]:
        """The messages that a captured request is parsed to."""
        return [each for each in connector.parse(captured.request).events if isinstance(each, MessageCame)]

    def test_a_captured_request_is_parsed_to_what_it_means_and_twice_to_the_same(self, connector: Connector) -> None:
        expected = [each for each in self.captured() if each.message is not None]
        assert expected
        for each in expected:
            if self.SIGNED:
                connector.verify(each.request, NOW)
            (came,) = self.messages(connector, each)
            assert came.message == each.message
            assert tuple(file.reference for file in came.files) == each.files
            assert self.messages(connector, each) == [came]

    def test_two_messages_never_share_an_id(self, connector: Connector) -> None:
        came = [one for each in self.captured() for one in self.messages(connector, each)]
        ids = [each.message.external_id for each in came]
        assert len(ids) == len(set(ids))
        assert all(0 < len(each) <= 200 for each in ids)

    def test_what_is_no_message_is_ignored_without_an_error(self, connector: Connector) -> None:
        ignored = [
            event
            for each in self.captured()
            if each.message is None
            for event in connector.parse(each.request).events
            if isinstance(event, Ignored)
        ]
        assert ignored
        assert all(event.what for event in ignored)

    def test_missing_wrong_and_replayed_signatures_are_refused(self, connector: Connector) -> None:
        requests = self.refused()
        assert len(requests) >= 2
        for request in requests:
            with pytest.raises(SignatureRefused):
                connector.verify(request, NOW)

    def test_nothing_is_verified_while_the_secret_is_not_set(self) -> None:
        bare = connect(self.KIND, {})
        for each in self.captured():
            with pytest.raises(SignatureRefused):
                bare.verify(each.request, NOW)  # type: ignore[attr-defined]

    def test_a_malformed_request_is_a_clear_error_that_repeats_nothing_of_it(self, connector: Connector) -> None:
        bodies = (b"", b"[]", b"\xff\xfe", b"{", b"null", b"[" * 100_000)
        requests = [replace(self.captured()[0].request, body=body) for body in bodies]
        for request in [*requests, *self.malformed()]:
            with pytest.raises(Malformed) as told:
                connector.parse(request)
            assert 5 < len(str(told.value)) < 200
            assert "Иван" not in str(told.value)

    def test_any_json_is_parsed_or_malformed_and_nothing_else(self, connector: Connector) -> None:
        """Each value of a captured request is replaced by values of other kinds."""
        for each in self.captured():
            try:
                body = json.loads(each.request.body)
            except ValueError:
                continue
            for changed in _changes(body):
                request = replace(each.request, body=json.dumps(changed).encode())
                try:
                    connector.parse(request)
                except Malformed:
                    continue

    def test_failures_of_the_platform_are_classed_by_what_they_mean(
        self, channel: Channel, double: PlatformDouble
    ) -> None:
        for case in (*self.COMMON, *self.CASES):
            double.always = case.fault
            with pytest.raises(case.means) as told:
                channel.deliver(Delivery(self.RECIPIENT, "✉1/1", "Здравствуйте"))
            assert type(told.value) is case.means, case.what
            if case.after_seconds is not None:
                assert told.value.after_seconds == case.after_seconds, case.what  # type: ignore[attr-defined]

    def test_a_platform_that_is_not_there_surely_got_nothing(self) -> None:
        gone = connect(self.KIND, self.SETTINGS | {self.ADDRESS: self.GONE})
        with pytest.raises(RetryLater) as told:
            gone.deliver(Delivery(self.RECIPIENT, "✉1/1", "Здравствуйте"))
        assert told.value.platform_away

    def test_secrets_and_addresses_never_stand_in_errors(
        self, channel: Channel, double: PlatformDouble, caplog: pytest.LogCaptureFixture
    ) -> None:
        secrets = [self.SETTINGS[each.name] for each in settings_of(self.KIND) if each.secret]
        assert secrets
        said: list[str] = []
        for case in (*self.COMMON, *self.CASES):
            double.always = case.fault
            with pytest.raises(case.means) as told:
                channel.deliver(Delivery(self.RECIPIENT, "✉1/1", "Здравствуйте"))
            said += [str(told.value), repr(told.value), str(told.value.__cause__)]
        double.always = None
        with pytest.raises((Undeliverable, RetryLater)):
            connect(self.KIND, self.SETTINGS | {self.ADDRESS: self.GONE}).deliver(
                Delivery(self.RECIPIENT, "✉1/1", "Здравствуйте")
            )
        for words in [*said, caplog.text, repr(channel)]:
            assert not [secret for secret in secrets if secret in words]

    def test_long_and_foreign_words_come_whole(self, channel: Channel, double: PlatformDouble) -> None:
        """What the client reads, piece by piece, is what was said; the limit of the platform is kept."""
        said = "Ваша заявка принята. " * 600 + "Конец 🎄 конец. ٣ 漢字"
        parts = part_message(said, (), (), channel.rules, "")
        for number, part in enumerate(parts):
            channel.deliver(Delivery(self.RECIPIENT, f"✉9/{number}", part.text))
        got = " ".join(self.texts_sent(double))
        assert got.split() == said.split()

    def texts_sent(self, double: PlatformDouble) -> list[str]:
        """The texts that the double has taken, in order."""
        raise NotImplementedError

    def test_checking_says_who_we_are(self, connector: Connector) -> None:
        assert connector.check()


def _changes(body: Any) -> Iterator[Any]:
    """The same JSON with one of its values replaced by one of another kind, or taken away."""
    for path in _paths(body):
        for value in (None, 1, "", "я", [], {}, [None], True, -1.5):
            changed = json.loads(json.dumps(body))
            place = changed
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
            yield changed
        if isinstance(path[-1], str):
            changed = json.loads(json.dumps(body))
            place = changed
            for step in path[:-1]:
                place = place[step]
            del place[path[-1]]
            yield changed


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    found = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in found:
        yield (*before, key)
        yield from _paths(each, (*before, key))
