"""Files: taken whole or not at all, under random names, scanned, and given to those who may have them."""

import errno
import io
import os
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service import desk, filing
from service.domain.conversations import ConversationState
from service.domain.decisions import HandOff, Reason
from service.domain.files import AttachedFile
from service.errors import (
    FileInfected,
    FileRefused,
    FileTooLarge,
    InvalidInput,
    NotFound,
    NotHolder,
    ScannerUnavailable,
    StorageUnavailable,
    TooManyRequests,
)
from service.file_store import FileStore
from service.office import Office
from service.storage.staff import StaffMember
from service.visits import read_visit
from tests.service.conftest import Clock
from tests.service.desk.conftest import Caller
from tests.service.small_office import OPERATOR
from tests.service.threads import at_once, raised, unexpected

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 50


def upload(office: Office, owner: str, name: str = "снимок.png", content: bytes = PNG) -> AttachedFile:
    """A client uploads a file."""
    return filing.receive_from_client(name, io.BytesIO(content), "web", owner, office)


def on_disk(office: Office) -> list[Path]:
    """Everything under the folder of files."""
    return [path for path in (office.settings.var_dir / "files").rglob("*") if path.is_file()]


def scanned_by(office: Office, code: str) -> Office:
    """The office with a scanner that runs this Python code; its argument is the file."""
    store = FileStore(
        office.settings.var_dir / "files", most_bytes=2**20, scanner=f'"{sys.executable}" -c "{code}"'
    )  # fmt: skip
    return replace(office, files=store)


class FullDisk(io.BytesIO):
    """A stream that is read while the disk fills up."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_clients_picture_reaches_the_operator(
    office: Office, caller: Callable[..., Caller], anna: StaffMember, vera: StaffMember
) -> None:
    client = caller()
    file = upload(office, client.id)
    outcome = client.say("", files=(file.key,))
    assert isinstance(outcome.decision, HandOff)
    assert outcome.decision.reason is Reason.SENT_FILE
    assert outcome.message.files == (file,)
    conversation_id = outcome.message.conversation_id
    items = desk.read_timeline(conversation_id, anna, office).items
    assert items[0].message is not None
    assert items[0].message.files == (file,)
    assert desk.list_inbox(anna, office).entries[0].reason == "sent_file"
    assert desk.read_file(file.key, anna, office).path.read_bytes() == PNG
    with pytest.raises(NotFound):
        desk.read_file(file.key, vera, office)


def test_a_file_sent_to_an_operator_is_left_to_them(
    office: Office, caller: Callable[..., Caller], anna: StaffMember
) -> None:
    client = caller()
    conversation_id = client.say("Оператор", button=OPERATOR).message.conversation_id
    desk.take(conversation_id, anna, office)
    outcome = client.say("вот", files=(upload(office, client.id).key,))
    assert outcome.state is ConversationState.OPERATOR


def test_an_operators_file_reaches_its_client_and_nobody_else(
    office: Office, caller: Callable[..., Caller], anna: StaffMember, boris: StaffMember
) -> None:
    client, other = caller(), caller()
    conversation_id = client.say("Оператор", button=OPERATOR).message.conversation_id
    other.say("Оператор", button=OPERATOR)
    desk.take(conversation_id, anna, office)
    file = desk.attach_file(conversation_id, anna, office, name="справка.txt", content=io.BytesIO(b"ok"))
    with pytest.raises(NotFound):
        filing.read_own(file.key, "web", client.id, office)  # not sent yet
    sent = desk.reply(conversation_id, anna, office, key="1", text="", attached=(file.key,))
    again = desk.reply(conversation_id, anna, office, key="1", text="", attached=(file.key,))
    assert sent.seq == again.seq
    assert read_visit(client.id, office).messages[-1].files == (file,)
    assert filing.read_own(file.key, "web", client.id, office).path.read_bytes() == b"ok"
    with pytest.raises(NotFound):
        filing.read_own(file.key, "web", other.id, office)
    with pytest.raises(NotFound):
        desk.reply(conversation_id, anna, office, key="2", text="", attached=(file.key,))
    with pytest.raises(NotHolder):
        desk.attach_file(conversation_id, boris, office, name="a.png", content=io.BytesIO(PNG))


def test_a_channel_that_takes_no_files_says_so(office: Office, waiting: Callable[..., int], anna: StaffMember) -> None:
    conversation_id = waiting(channel="sandbox")
    desk.take(conversation_id, anna, office)
    with pytest.raises(InvalidInput, match="this channel"):
        desk.attach_file(conversation_id, anna, office, name="a.png", content=io.BytesIO(PNG))


def test_nobody_sends_somebody_elses_file_or_the_same_one_twice(office: Office, caller: Callable[..., Caller]) -> None:
    client, thief = caller(), caller()
    file = upload(office, client.id)
    with pytest.raises(NotFound):
        thief.say("моё", files=(file.key,))
    with pytest.raises(NotFound):
        filing.read_own(file.key, "web", thief.id, office)
    results = at_once(*[lambda: client.say("вот", files=(file.key,))] * 2)
    assert len(raised(results, NotFound)) == 1
    assert unexpected(results, NotFound) == []
    with pytest.raises(InvalidInput):
        client.say("вот", files=(file.key,) * 2)


def test_a_repeated_message_with_a_file_is_taken_once(office: Office, caller: Callable[..., Caller]) -> None:
    client = caller()
    file = upload(office, client.id)
    first = client.say("вот", files=(file.key,), key="k")
    again = client.say("вот", files=(file.key,), key="k")
    assert (first.message.seq, again.message.files) == (again.message.seq, (file,))


def test_names_on_the_disk_are_random_and_nothing_is_executable(office: Office, caller: Callable[..., Caller]) -> None:
    client = caller()
    one, two = upload(office, client.id, "../../x.png"), upload(office, client.id, "../../x.png")
    assert one.name == "x.png"
    assert one.key != two.key
    path = office.files.path(one.key)
    assert path.parent.parent.parent == office.settings.var_dir / "files"
    assert not path.stat().st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH | stat.S_IROTH)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [("a.svg", b"<svg>", FileRefused), ("a.png", b"MZ", FileRefused), ("a.png", b"", FileRefused),
     ("a.png", PNG + b"x" * 2**20, FileTooLarge)],
)  # fmt: skip
def test_a_refused_file_leaves_nothing_behind(
    office: Office, name: str, content: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        upload(office, "client", name, content)
    assert on_disk(office) == []


def test_a_full_disk_is_said_and_leaves_nothing_behind(office: Office) -> None:
    with pytest.raises(StorageUnavailable, match="No space left"):
        filing.receive_from_client("a.png", FullDisk(), "web", "client", office)
    assert on_disk(office) == []


def test_a_row_that_can_not_be_written_takes_the_file_with_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("service.filing.files.add", fail)
    with pytest.raises(ZeroDivisionError):
        upload(office, "client")
    assert on_disk(office) == []


@pytest.mark.parametrize(
    ("code", "error"),
    [("raise SystemExit(1)", FileInfected), ("raise SystemExit(2)", ScannerUnavailable),
     ("import sys; sys.exit(b'EICAR' in open(sys.argv[1], 'rb').read())", None)],
)  # fmt: skip
def test_the_scanner_has_the_last_word(office: Office, code: str, error: type[Exception] | None) -> None:
    guarded = scanned_by(office, code)
    if error is None:
        assert upload(guarded, "client").size == len(PNG)
        with pytest.raises(FileInfected):
            upload(guarded, "client", content=PNG + b"EICAR")
        return
    with pytest.raises(error):
        upload(guarded, "client")
    assert on_disk(office) == []


def test_a_scanner_that_is_not_there_lets_nothing_through(office: Office) -> None:
    store = FileStore(office.settings.var_dir / "files", most_bytes=2**20, scanner="/no/such/scanner")
    with pytest.raises(ScannerUnavailable):
        upload(replace(office, files=store), "client")
    assert on_disk(office) == []


def test_files_that_were_never_sent_are_cleared_out(
    office: Office, caller: Callable[..., Caller], clock: Clock
) -> None:
    client = caller()
    sent, unsent = upload(office, client.id), upload(office, client.id)
    client.say("вот", files=(sent.key,))
    left = office.settings.var_dir / "files" / "incoming" / "half"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    clock.move(hours=25)
    assert filing.clear_out(office) == 2
    assert on_disk(office) == [office.files.path(sent.key)]
    assert not office.files.path(unsent.key).exists()


def test_one_client_does_not_fill_the_disk(office: Office) -> None:
    for _ in range(filing.MOST_WAITING):
        upload(office, "client")
    with pytest.raises(TooManyRequests):
        upload(office, "client")


def test_a_file_the_disk_has_lost_is_not_found(
    office: Office, caller: Callable[..., Caller], anna: StaffMember
) -> None:
    client = caller()
    file = upload(office, client.id)
    client.say("вот", files=(file.key,))
    office.files.remove(file.key)
    with pytest.raises(NotFound):
        desk.read_file(file.key, anna, office)


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """Even where everything is readable by default, files of clients are not."""
    before = os.umask(0)
    yield
    os.umask(before)
