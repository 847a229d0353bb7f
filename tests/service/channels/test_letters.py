"""Letters: odd headers, broken encodings, delivery reports, files."""

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.channels.base import DeliveryReported, Ignored, Malformed, MessageCame, WebhookRequest
from service.channels.email import EmailChannel
from service.channels.letters import open_letter, read_letter
from service.domain.messages import DeliveryState

CHANNEL = EmailChannel({
    "address": "help@bank.example", "user": "", "password": "x", "imap_url": "", "smtp_url": "", "folder": "INBOX",
})  # fmt: skip
WHOLE = (
    b"From: =?koi8-r?B?6dfBziDwxdTSz9c=?= <ivan@client.example>\r\nSubject: =?utf-8?B?0JLQvtC/0YDQvtGB?=\r\n"
    b"Message-ID: <1@client.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/html; charset=windows-1251\r\n\r\n<p>"
    + "Не проходит оплата".encode("cp1251")
    + b"</p>\r\n--b\r\nContent-Type: application/pdf\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''%D1%87%D0%B5%D0%BA.pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--b--\r\n"
)  # fmt: skip


def events(raw: bytes) -> tuple[object, ...]:
    """What a letter means."""
    return CHANNEL.parse(WebhookRequest("", body=raw)).events


def test_encodings_of_the_last_thirty_years_are_read() -> None:
    read = read_letter(open_letter(WHOLE), WHOLE)
    assert (read.sender, read.sender_name) == ("ivan@client.example", "Иван Петров")
    assert (read.subject, read.text) == ("Вопрос", "Вопрос\n\nНе проходит оплата")
    assert [(each.name, each.size) for each in read.files] == [("чек.pdf", 5)]


def test_an_unknown_encoding_is_read_as_well_as_can_be() -> None:
    raw = b"From: a@b.example\nContent-Type: text/plain; charset=klingon\n\n" + "привет".encode()
    assert read_letter(open_letter(raw), raw).text == "привет"


def test_a_letter_without_an_id_gets_the_same_one_every_time() -> None:
    raw = b"From: a@b.example\n\nhello"
    assert read_letter(open_letter(raw), raw).message_id == read_letter(open_letter(raw), raw).message_id


def test_where_the_answer_should_go_instead_is_not_listened_to() -> None:
    raw = b"From: a@b.example\nReply-To: thief@evil.example\n\nhello"
    assert read_letter(open_letter(raw), raw).sender == "a@b.example"


def test_what_was_there_before_html_is_taken_rather_than_html() -> None:
    letter = EmailMessage()
    letter["From"] = "a@b.example"
    letter.set_content("простой")
    letter.add_alternative("<p>нарядный</p>", subtype="html")
    assert read_letter(open_letter(letter.as_bytes()), b"").text == "простой"


def report(status: str, kind: str = "delivery-status") -> bytes:
    """A delivery report in the form of Postfix."""
    return (
        "From: MAILER-DAEMON@mx.example (Mail Delivery System)\nAuto-Submitted: auto-replied\nReturn-Path: <>\n"
        f"MIME-Version: 1.0\nContent-Type: multipart/report; report-type={kind}; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nThis is the mail system at host mx.example.\n"
        f"--b\nContent-Type: message/{kind}\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; ivan@client.example\nAction: failed\nStatus: {status}\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no\n such user\n\n"
        "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <ours@bank.example>\nSubject: Re: x\n\n--b--\n"
    ).encode()


def test_a_lasting_failure_is_told_of_the_letter_that_failed() -> None:
    failed = DeliveryReported(
        DeliveryState.FAILED, platform_id="<ours@bank.example>", error="smtp; 550 5.1.1 no such user"
    )
    assert events(report("5.1.1")) == (failed,)


@pytest.mark.parametrize("raw", [report("4.4.1"), report("5.0.0", kind="disposition-notification")])
def test_a_delay_and_a_receipt_of_reading_change_nothing(raw: bytes) -> None:
    (event,) = events(raw)
    assert isinstance(event, Ignored)


@settings(max_examples=150)
@given(st.integers(0, len(WHOLE)), st.integers(0, len(WHOLE)), st.binary(max_size=20))
def test_any_damage_is_a_message_something_ignored_or_malformed(start: int, end: int, put: bytes) -> None:
    try:
        found = events(WHOLE[:start] + put + WHOLE[end:])
    except Malformed:
        return
    assert all(isinstance(each, MessageCame | Ignored | DeliveryReported) for each in found)


@settings(max_examples=100)
@given(
    st.lists(
        st.sampled_from(["Иван", "=?utf-8?B?*?=", "=?x?q?=", "<", "@", ",", '"', "\x00", "a@b.example"]), max_size=8
    )
)
def test_any_header_is_read(pieces: list[str]) -> None:
    words = " ".join(pieces).encode()
    raw = b"From: a@b.example\nSubject: " + words + b"\nReferences: " + words + b"\nMessage-ID: " + words + b"\n\nhello"
    assert events(raw)
