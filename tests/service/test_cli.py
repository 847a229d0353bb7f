"""The program `otklik` as people and scripts use it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import Result
from typer.testing import CliRunner

from service.cli import app
from service.commands.console import err, out
from service.domain.messages import InboundMessage
from service.inbox import handle_message
from service.model_shelf import Model
from service.office import open_office
from service.settings import Settings
from service.storage import records, staff
from service.storage.database import Database

ROOT = Path(__file__).resolve().parent.parent.parent
COMMANDS = ("serve", "worker", "demo", "ask", "chat", "train", "evaluate", "knowledge", "data", "staff", "migrate",
            "bench", "settings", "backoffice")  # fmt: skip
PROMISED = {"intent", "confidence", "ranking", "in_scope", "scope_score", "language", "entities", "sentiment",
            "articles", "decision"}  # fmt: skip
FEW_ARTICLES = """question,answer,id,title,language,intent
как сменить пин-код карты,Откройте «Карты» и выберите ПИН-код.,pin,Сменить ПИН-код,ru,card_pin
забыл пин,Откройте «Карты» и выберите ПИН-код.,pin,Сменить ПИН-код,ru,card_pin
как перевести деньги по номеру телефона,Откройте «Платежи».,transfer,Перевести деньги,ru,transfer_how_to
"""

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All that is written goes to a temporary folder; no .env or variable of the machine is read."""
    for name in [name for name in os.environ if name.startswith("OTKLIK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OTKLIK_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(out, "width", 200)
    monkeypatch.setattr(err, "width", 200)


@pytest.fixture
def otklik() -> Run:
    """Runs the program in this process; checks its exit status and shows what it said when that is another."""

    def run(*arguments: str | Path, status: int = 0, says: str | None = None) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, result.output
        if says is not None:
            assert says in " ".join(result.output.split()), result.output
        return result

    return run


@pytest.fixture
def few_articles(tmp_path: Path) -> Path:
    """A small knowledge base of one's own."""
    path = tmp_path / "few.csv"
    path.write_text(FEW_ARTICLES, encoding="utf-8")
    return path


@pytest.fixture
def with_model(trained_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default model is there."""
    monkeypatch.setenv("OTKLIK_MODEL_DIR", str(trained_model))


def lines_of(result: Result) -> list[dict[str, Any]]:
    """The JSON objects that came out, one a line."""
    return [json.loads(line) for line in result.stdout.splitlines() if line]


# --- help


def test_help_lists_every_command(otklik: Run) -> None:
    shown = otklik("--help").stdout
    for command in COMMANDS:
        assert re.search(rf"^\W*{command}\s", shown, re.MULTILINE), command


@pytest.mark.parametrize(
    ("group", "commands"),
    [
        ("staff", ("add", "list", "disable", "enable", "password", "token", "renew", "totp-off")),
        ("knowledge", ("check", "import", "export", "search")),
        ("data", ("check", "export")),
        ("bench", ("serving",)),
    ],
)
def test_help_of_a_group_lists_its_commands(otklik: Run, group: str, commands: tuple[str, ...]) -> None:
    shown = otklik(group, "--help").stdout
    for command in commands:
        assert re.search(rf"^\W*{command}\s", shown, re.MULTILINE), command


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(otklik: Run, command: str) -> None:
    assert otklik(command, "--help").stdout.count("\n") > 5


def test_an_unknown_command_is_refused(otklik: Run) -> None:
    otklik("anser", status=2)


# --- ask


@pytest.mark.slow
@pytest.mark.usefixtures("with_model")
def test_one_text_is_understood_and_shown_as_json(otklik: Run, few_articles: Path) -> None:
    (shown,) = lines_of(otklik("ask", "забыл пин-код от карты, 79161234567", "--json", "--articles", few_articles))
    assert shown.keys() >= PROMISED
    assert shown["intent"] == shown["ranking"][0]["intent"] == "card_pin"
    assert shown["confidence"] == shown["ranking"][0]["confidence"]
    assert shown["articles"][0].keys() == {"id", "title", "score"}
    assert shown["articles"][0]["id"] == "pin"
    assert shown["entities"] == [{"kind": "phone", "value": "[phone]"}]
    assert shown["masked"].endswith("[phone]")
    assert shown["decision"] == {"kind": "answer", "articles": ["pin"], "intent": "card_pin"}
    assert shown["model"]
    assert shown["problem"] is None


@pytest.mark.slow
@pytest.mark.usefixtures("with_model")
def test_one_text_is_shown_to_people_as_a_table(otklik: Run, few_articles: Path) -> None:
    shown = otklik("ask", "забыл пин-код от карты", "--articles", few_articles).stdout
    assert re.search(r"intent\s+card_pin\s+\d+\.\d%", shown)
    assert "decision" in shown
    assert "answer" in shown


@pytest.mark.slow
@pytest.mark.usefixtures("with_model")
def test_every_line_of_a_file_is_understood_on_its_own_and_keeps_its_keys(
    otklik: Run, few_articles: Path, tmp_path: Path
) -> None:
    asked = [
        {"text": "забыл пин-код от карты", "id": 7, "label": "card_pin"},
        {"text": "какая завтра погода в Сочи", "note": {"from": ["web", None]}},
        {"text": ""},
        {"text": "How do I transfer money by phone number?", "id": "x"},
        {"text": "битая \ud800 строка"},
        {"text": "  по краям  "},
    ]
    file = tmp_path / "asked.jsonl"
    file.write_text("\n".join(map(json.dumps, asked)) + "\n\n", encoding="utf-8")
    shown = lines_of(otklik("ask", "--file", file, "--json", "--articles", few_articles))
    assert len(shown) == len(asked)
    for given, result in zip(asked, shown, strict=True):
        assert result.keys() >= PROMISED
        assert {key: result[key] for key in given if key != "text"} == {k: v for k, v in given.items() if k != "text"}
        assert isinstance(result["confidence"], float)
        assert 0 <= result["confidence"] <= 1
        assert isinstance(result["in_scope"], bool)
        assert isinstance(result["scope_score"], float)
        assert result["language"] in ("ru", "en", "other")
        assert result["sentiment"] in ("positive", "neutral", "negative")
        assert all({"intent", "confidence"} <= scored.keys() for scored in result["ranking"])
        assert result["decision"]["kind"]
    assert [result["text"] for result in shown][:4] == [given["text"] for given in asked][:4]
    assert [result["in_scope"] for result in shown][:4] == [True, False, False, True]
    assert shown[3]["language"] == "en"


@pytest.mark.slow
def test_without_a_model_keywords_answer_and_it_is_said(otklik: Run, few_articles: Path) -> None:
    (shown,) = lines_of(otklik("ask", "забыл пин-код", "--json", "--articles", few_articles))
    assert shown["intent"] == "card_pin"
    assert shown["keywords_used"]
    assert "otklik train" in shown["problem"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{not json", "is not JSON"),
        ("[1, 2]", 'needs a "text"'),
        ('{"question": "как?"}', 'needs a "text"'),
        ('{"text": 5}', 'needs a "text"'),
        ("[" * 100_000, "is not JSON"),
    ],
    ids=["cut off", "a list", "another key", "a number", "nested too deep"],
)
def test_a_bad_line_is_named_by_file_and_number_and_nothing_else_comes_out(
    otklik: Run, few_articles: Path, tmp_path: Path, line: str, what: str
) -> None:
    file = tmp_path / "asked.jsonl"
    file.write_text(f'{{"text": "пин"}}\n\n{line}\n', encoding="utf-8")
    result = otklik("ask", "--file", file, "--articles", few_articles, "--json", status=1)
    assert f"{file}:3: {what}" in result.stderr.replace("\n", "")
    assert result.stdout == ""


def test_a_file_in_another_encoding_is_named_with_its_line(otklik: Run, few_articles: Path, tmp_path: Path) -> None:
    file = tmp_path / "asked.jsonl"
    file.write_bytes('{"text": "пин"}\n'.encode() + '{"text": "пин"}\n'.encode("cp1251"))
    result = otklik("ask", "--file", file, "--articles", few_articles, status=1)
    assert f"{file}:2" in result.stderr.replace("\n", "")


def test_a_file_that_is_not_there_is_one_clear_line(otklik: Run, few_articles: Path) -> None:
    result = otklik("ask", "--file", "nowhere.jsonl", "--articles", few_articles, status=1)
    assert "nowhere.jsonl" in result.stderr
    assert "No such file" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("пин", "--file", "asked.jsonl")], ids=["nothing", "both"])
def test_ask_wants_a_text_or_a_file(otklik: Run, arguments: tuple[str, ...]) -> None:
    otklik("ask", *arguments, status=2, says="give either a TEXT or --file")


@pytest.mark.parametrize("damage", ["missing", "empty", "cut"])
def test_a_broken_model_that_was_named_is_an_error_and_not_a_guess(
    otklik: Run, few_articles: Path, tmp_path: Path, trained_model: Path, damage: str
) -> None:
    folder = tmp_path / "other-model"
    if damage == "empty":
        folder.mkdir()
    if damage == "cut":
        shutil.copytree(trained_model, folder)
        arrays = folder / "arrays.npz"
        arrays.write_bytes(arrays.read_bytes()[:1000])
    result = otklik("ask", "пин", "--model", folder, "--articles", few_articles, status=1)
    assert "error:" in result.stderr
    assert str(folder) in result.stderr.replace("\n", "")
    assert "Traceback" not in result.output


def test_articles_that_are_not_there_are_named(otklik: Run, tmp_path: Path) -> None:
    missing = tmp_path / "no-articles"
    result = otklik("ask", "пин", "--articles", missing, status=1)
    assert str(missing) in result.stderr.replace("\n", "")


@pytest.mark.slow
def test_the_installed_program_speaks_json_in_the_plainest_locale(trained_model: Path, few_articles: Path) -> None:
    environment = os.environ | {"OTKLIK_MODEL_DIR": str(trained_model), "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-m", "service.cli", "ask", "забыл пин-код", "--json", "--articles", str(few_articles)],
        cwd=ROOT, env=environment, capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout.decode("utf-8"))["intent"] == "card_pin"


# --- the database


def test_migrating_twice_changes_nothing_the_second_time(otklik: Run) -> None:
    first = otklik("migrate").stdout
    second = otklik("migrate").stdout
    assert "new ->" in first
    before, after = re.findall(r"(\S+) -> (\S+)", second)[0]
    assert before == after
    assert Settings().database.removeprefix("sqlite:///") in first.replace("\n", "")


@pytest.mark.parametrize(
    "arguments",
    [("staff", "add", "anna"), ("staff", "renew", "anna"), ("knowledge", "import"), ("data", "export", "x.jsonl")],
    ids=" ".join,
)
def test_before_the_first_migration_the_command_that_mends_it_is_named(otklik: Run, arguments: tuple[str, ...]) -> None:
    otklik(*arguments, status=1, says="otklik migrate")


def test_the_folder_for_all_that_is_written_may_be_given(otklik: Run, tmp_path: Path) -> None:
    otklik("--var", tmp_path / "elsewhere", "migrate")
    assert (tmp_path / "elsewhere" / "otklik.db").is_file()


def test_an_export_without_a_label_is_refused_and_leaves_nothing(otklik: Run, tmp_path: Path) -> None:
    otklik("migrate")
    otklik("data", "export", "--out", tmp_path / "labels", status=1, says="no message has a label yet")
    otklik("data", "export", status=1, says="--out FOLDER")
    assert not (tmp_path / "labels").exists()


# --- staff


def member(token: str) -> staff.StaffMember | None:
    """Who a token belongs to."""
    database = Database(Settings().database)
    with database.read() as connection:
        found = staff.find_by_token(connection, token)
    database.close()
    return found


def test_a_member_of_staff_gets_a_token_that_works(otklik: Run) -> None:
    otklik("migrate")
    added = otklik(
        "staff", "add", "anna", "--name", "Анна", "--role", "supervisor",
        "--department", "cards", "--department", "loans",
    )  # fmt: skip
    found = member(added.stdout.strip())
    assert found is not None
    assert (found.login, found.name, found.role, found.departments) == (
        "anna",
        "Анна",
        "supervisor",
        ("cards", "loans"),
    )


def test_only_the_token_goes_to_standard_output(otklik: Run) -> None:
    otklik("migrate")
    assert re.fullmatch(r"otk_[\w-]{40,}\n", otklik("staff", "add", "anna").stdout)


def test_a_renewed_token_replaces_the_old_one(otklik: Run) -> None:
    otklik("migrate")
    old = otklik("staff", "add", "anna").stdout.strip()
    new = otklik("staff", "renew", "anna").stdout.strip()
    assert old != new
    assert member(old) is None
    found = member(new)
    assert found is not None
    assert found.login == "anna"


def test_mistakes_about_staff_are_named(otklik: Run) -> None:
    otklik("migrate")
    otklik("staff", "add", "anna")
    otklik("staff", "add", "anna", status=1, says="already a member of staff with the login 'anna'")
    otklik("staff", "add", "boris", "--department", "moon", status=1, says="no such department: moon")
    otklik("staff", "add", "boris", "--role", "king", status=2)
    otklik("staff", "renew", "nobody", status=1, says="no member of staff with the login 'nobody'")


def test_a_one_time_password_is_shown_beside_the_token(otklik: Run) -> None:
    otklik("migrate")
    added = otklik("staff", "add", "anna")
    assert re.search(r"one-time password of anna.*: [a-z2-9]{5}(-[a-z2-9]{5}){3}", added.stderr)


def test_a_password_is_read_from_standard_input_or_asked_for(otklik: Run) -> None:
    otklik("migrate")
    given = CliRunner().invoke(app, ["staff", "add", "anna", "--password-stdin"], input="вишня трактор луна\n")
    assert given.exit_code == 0
    assert "one-time" not in given.output
    asked = CliRunner().invoke(app, ["staff", "password", "anna", "--password"], input="три слова подряд\n" * 2)
    assert (asked.exit_code, asked.stdout.strip()) == (0, "")
    weak = CliRunner().invoke(app, ["staff", "add", "boris", "--password-stdin"], input="short\n")
    assert weak.exit_code == 1
    assert "too short" in " ".join(weak.output.split())
    huge = CliRunner().invoke(app, ["staff", "add", "boris", "--password-stdin"], input="x" * 2**20)
    assert "too long" in " ".join(huge.output.split())
    assert "boris" not in otklik("staff", "list").stdout


def test_staff_are_listed_disabled_and_enabled(otklik: Run) -> None:
    otklik("migrate")
    token = otklik("staff", "add", "anna", "--role", "supervisor", "--department", "cards").stdout.strip()
    another = otklik("staff", "token", "anna", "--name", "reports", "--days", "7").stdout.strip()
    assert member(token) == member(another)
    shown = otklik("staff", "list").stdout
    assert all(word in shown for word in ("anna", "supervisor", "cards", "one-time"))
    otklik("staff", "disable", "anna")
    assert member(token) is None
    assert "anna" not in otklik("staff", "list").stdout
    assert "anna" in otklik("staff", "list", "--all").stdout
    otklik("staff", "enable", "anna")
    assert re.fullmatch(r"[a-z2-9-]{23}\n", otklik("staff", "password", "anna").stdout)
    otklik("staff", "totp-off", "anna")
    for command in ("disable", "enable", "password", "token", "totp-off"):
        otklik("staff", command, "nobody", status=1, says="no member of staff with the login 'nobody'")


def test_the_last_administrator_is_not_disabled_from_the_command_line_either(otklik: Run) -> None:
    otklik("migrate")
    otklik("staff", "add", "root", "--role", "admin")
    otklik("staff", "disable", "root", status=1, says="last administrator")


# --- the knowledge base


def served() -> tuple[str | None, list[str]]:
    """The version and the ids of the articles that are served."""
    database = Database(Settings().database)
    with database.read() as connection:
        version = records.get_note(connection, records.KNOWLEDGE_VERSION)
        ids = sorted(content["id"] for content in records.all_articles(connection))
    database.close()
    return version, ids


def test_importing_replaces_what_is_served(otklik: Run, few_articles: Path) -> None:
    otklik("migrate")
    otklik("knowledge", "import", few_articles, says="2 articles are served")
    assert served()[1] == ["pin", "transfer"]
    few_articles.write_text("\n".join(FEW_ARTICLES.splitlines()[:2]) + "\n", encoding="utf-8")
    otklik("knowledge", "import", few_articles)
    assert served()[1] == ["pin"]


def test_the_shipped_articles_are_imported_by_default_and_twice_is_the_same_version(otklik: Run) -> None:
    otklik("migrate")
    otklik("knowledge", "import")
    version, ids = served()
    assert len(ids) > 100
    otklik("knowledge", "import")
    assert served() == (version, ids)


def test_a_broken_folder_changes_nothing_and_every_mistake_is_named(
    otklik: Run, few_articles: Path, tmp_path: Path
) -> None:
    otklik("migrate")
    otklik("knowledge", "import", few_articles)
    before = served()
    folder = tmp_path / "broken" / "ru"
    folder.mkdir(parents=True)
    shipped = Settings().articles / "ru" / "balance.md"
    shutil.copy(shipped, folder / "balance.md")
    (folder / "no-header.md").write_text("Просто текст\n", encoding="utf-8")
    (folder / "binary.md").write_bytes(b"\xff\xfe\x00\x01")
    facts = Settings().facts
    result = otklik("knowledge", "import", tmp_path / "broken", "--facts", facts, status=1)
    said = result.stderr.replace("\n", "")
    assert f"{folder / 'no-header.md'}:1" in said
    assert f"{folder / 'binary.md'}:1" in said
    assert served() == before


def test_a_folder_that_is_not_there_changes_nothing(otklik: Run, few_articles: Path, tmp_path: Path) -> None:
    otklik("migrate")
    otklik("knowledge", "import", few_articles)
    before = served()
    otklik("knowledge", "import", tmp_path / "nowhere", status=1, says="no such folder of articles")
    assert served() == before


# --- data


@pytest.fixture
def conversation(otklik: Run, few_articles: Path, model: Model) -> None:
    """A client wrote three messages with personal data in them, and an operator corrected the second."""
    otklik("migrate")
    otklik("knowledge", "import", few_articles)
    office = open_office(Settings(burst_seconds=0.0), model=model)
    said = ("забыл пин-код, мой номер +7 916 123-45-67", "карта 4111 1111 1111 1111 не работает", "курс доллара?")
    for text in said:
        handle_message(InboundMessage("web", uuid4().hex, "client-1", text, None, "ru"), office)
    with office.database.write() as connection:
        data = {"seq": 3, "intent": "card_declined"}
        records.add_fact(connection, 1, "intent_corrected", "anna", data, datetime.now(UTC))
    office.close()


@pytest.mark.slow
@pytest.mark.usefixtures("conversation")
def test_exported_messages_are_masked_and_the_hash_is_that_of_the_file(otklik: Run, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    digest = otklik("data", "export", target).stdout.strip()
    content = target.read_bytes()
    assert digest == hashlib.sha256(content).hexdigest()
    rows = [json.loads(line) for line in content.splitlines()]
    assert len(rows) == 3
    assert rows[0]["text"].endswith("[phone]")
    assert "4111" not in rows[1]["text"]
    assert rows[1]["text"].startswith("карта")
    assert b"916" not in content
    assert all(
        row.keys() == {"text", "language", "label", "intent", "confidence", "scope_score", "model", "decision"}
        for row in rows
    )
    assert otklik("data", "export", tmp_path / "again.jsonl").stdout.strip() == digest


@pytest.mark.slow
@pytest.mark.usefixtures("conversation")
def test_only_confirmed_messages_are_exported_on_request(otklik: Run, tmp_path: Path) -> None:
    target = tmp_path / "labelled.jsonl"
    otklik("data", "export", "--labelled", target)
    (row,) = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert row["label"] == "card_declined"


def test_an_export_without_messages_is_an_empty_file(otklik: Run, tmp_path: Path) -> None:
    otklik("migrate")
    target = tmp_path / "out.jsonl"
    assert otklik("data", "export", target).stdout.strip() == hashlib.sha256(b"").hexdigest()
    assert target.read_bytes() == b""


def test_an_export_that_cannot_be_written_leaves_the_old_file_alone(otklik: Run, tmp_path: Path) -> None:
    otklik("migrate")
    otklik("data", "export", tmp_path / "out.csv", status=1, says="must end in .jsonl")
    otklik("data", "export", tmp_path / "no-such-folder" / "out.jsonl", status=1, says="No such file or directory")
    folder = tmp_path / "out.jsonl"
    folder.mkdir()
    otklik("data", "export", folder, status=1)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


# --- settings


def test_settings_as_markdown_list_every_setting(otklik: Run) -> None:
    shown = otklik("settings", "--markdown").stdout
    for name in Settings.model_fields:
        assert f"`OTKLIK_{name.upper()}`" in shown


def test_settings_show_values_in_force_and_no_secret(otklik: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_PORT", "9191")
    monkeypatch.setenv("OTKLIK_SECRET", "do-not-show-me")
    monkeypatch.setenv("OTKLIK_DATABASE_URL", "postgresql+psycopg://user:do-not-show-me@host/db")
    shown = otklik("settings").stdout
    assert "9191" in shown
    assert "do-not-show-me" not in shown
    for name in Settings.model_fields:
        assert f"OTKLIK_{name.upper()}" in shown


@pytest.mark.parametrize(
    ("name", "value"), [("OTKLIK_PORT", "banana"), ("OTKLIK_LINKS", "{not json"), ("OTKLIK_STAFF_ZONE", "Mars")]
)
@pytest.mark.parametrize("command", ["settings", "migrate"])
def test_a_bad_setting_is_one_clear_error_and_no_trace(
    otklik: Run, monkeypatch: pytest.MonkeyPatch, command: str, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    result = otklik(command, status=1)
    assert name.lower() in result.stderr.lower()
    assert "Traceback" not in result.output


def test_a_mode_for_an_intent_that_is_not_there_is_named(
    otklik: Run, monkeypatch: pytest.MonkeyPatch, few_articles: Path
) -> None:
    monkeypatch.setenv("OTKLIK_INTENT_MODES", '{"cash_back": "off"}')
    otklik("ask", "кешбэк", "--articles", few_articles, status=1, says="unknown intents: cash_back")
