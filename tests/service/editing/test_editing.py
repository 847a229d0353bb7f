"""Editing the knowledge base: who may, versions, two at once, checks, previews."""

import pytest

from service import editing
from service.domain.messages import InboundMessage
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.inbox import handle_message
from service.office import Office
from service.storage.staff import Role, StaffMember
from tests.service.conftest import Clock
from tests.service.editing.conftest import NEW, PIN, change, source_of
from tests.service.small_office import hire
from tests.service.threads import at_once, raised, unexpected


def test_an_import_leaves_versions_with_facts_by_name(office: Office, boss: StaffMember) -> None:
    (version,) = editing.read_versions(PIN, "ru", boss, office)
    assert (version.number, version.state, version.author, version.serving) == (1, "published", "import", True)
    assert "{" in version.source
    assert version.content is not None


def test_draft_publish_withdraw_restore(office: Office, boss: StaffMember) -> None:
    served = office.knowledge.get(PIN, "ru")
    saved = editing.save_draft(
        PIN, "ru", boss, office, source=source_of(office, boss) + "\nНовое.", base=1, comment="x"
    )
    assert (saved.version.state, saved.version.serving, saved.version.comment) == ("draft", False, "x")
    assert office.knowledge.get(PIN, "ru") == served
    published = editing.publish(PIN, "ru", 2, boss, office)
    assert published.version.serving
    now = office.knowledge.get(PIN, "ru")
    assert now is not None
    assert now.answer.endswith("Новое.")
    assert "{" not in now.answer
    editing.withdraw(PIN, "ru", boss, office, base=2)
    gone = office.knowledge.get(PIN, "ru")
    assert gone is None or gone.language != "ru"
    assert editing.read_versions(PIN, "ru", boss, office)[0].state == "withdrawn"
    editing.restore(PIN, "ru", 2, boss, office, base=2)
    again = office.knowledge.get(PIN, "ru")
    assert again == now
    assert [each.number for each in editing.read_versions(PIN, "ru", boss, office)] == [3, 2, 1]
    assert [each.serving for each in editing.read_versions(PIN, "ru", boss, office)] == [True, False, False]


def test_publishing_again_changes_nothing(office: Office, boss: StaffMember) -> None:
    change(office, boss, 1)
    version = office.knowledge._shelf.version
    assert editing.publish(PIN, "ru", 2, boss, office).version.serving
    assert office.knowledge._shelf.version == version


def test_a_new_article_is_written_here_and_found(office: Office, boss: StaffMember) -> None:
    saved = editing.save_draft("gift-card", "ru", boss, office, source=NEW, base=0)
    assert not [each for each in saved.problems if each.severity == "error"]
    editing.publish("gift-card", "ru", 1, boss, office)
    article = office.knowledge.get("gift-card", "ru")
    assert article is not None
    assert "{name}" in article.answer
    assert "cards." not in article.answer
    entry = next(each for each in editing.list_articles(boss, office) if each.article_id == "gift-card")
    assert (entry.state, entry.serving, entry.newest, entry.edited_here, entry.author) == (
        "published",
        1,
        1,
        True,
        "boss",
    )


def test_operators_propose_and_supervisors_decide(office: Office, anna: StaffMember, boss: StaffMember) -> None:
    editing.save_draft(PIN, "ru", anna, office, source=source_of(office, anna) + "\nСовет.", base=1)
    for act in (
        lambda: editing.publish(PIN, "ru", 2, anna, office),
        lambda: editing.withdraw(PIN, "ru", anna, office, base=2),
        lambda: editing.restore(PIN, "ru", 1, anna, office, base=2),
    ):
        with pytest.raises(Forbidden):
            act()
    reader, _ = hire(office, "reader", role=Role.ML)
    with pytest.raises(Forbidden):
        editing.list_articles(reader, office)
    published = editing.publish(PIN, "ru", 2, boss, office)
    assert (published.version.author, published.version.changed_by) == ("anna", "boss")


def test_of_two_edits_at_once_one_is_told_with_both_texts(office: Office, anna: StaffMember, boss: StaffMember) -> None:
    mine, theirs = source_of(office, boss) + "\nМой.", source_of(office, boss) + "\nИх."
    both = at_once(
        lambda: editing.save_draft(PIN, "ru", boss, office, source=mine, base=1),
        lambda: editing.save_draft(PIN, "ru", anna, office, source=theirs, base=1),
    )
    (conflict,) = raised(both, Conflict)
    assert unexpected(both, Conflict) == []
    assert isinstance(conflict, Conflict)
    assert {conflict.fields["newest_source"], conflict.fields["your_source"]} == {mine, theirs}
    assert conflict.fields["newest"] == 2


def test_a_stale_page_publishes_withdraws_and_restores_nothing(office: Office, boss: StaffMember) -> None:
    change(office, boss, 1)
    for act in (
        lambda: editing.publish(PIN, "ru", 1, boss, office),
        lambda: editing.withdraw(PIN, "ru", boss, office, base=1),
        lambda: editing.restore(PIN, "ru", 1, boss, office, base=1),
        lambda: editing.save_draft(PIN, "ru", boss, office, source=NEW.replace("gift-card", PIN), base=1),
    ):
        with pytest.raises(Conflict):
            act()
    assert editing.read_versions(PIN, "ru", boss, office)[0].serving


def test_publishing_twice_at_once_serves_it_once(office: Office, boss: StaffMember) -> None:
    editing.save_draft(PIN, "ru", boss, office, source=source_of(office, boss) + "\nНовое.", base=1)
    done = at_once(*[lambda: editing.publish(PIN, "ru", 2, boss, office)] * 3)
    assert unexpected(done) == []
    assert [each.serving for each in editing.read_versions(PIN, "ru", boss, office)] == [True, False]


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        ("нет заголовка", "front matter"),
        (NEW.replace("{cards.check_time}", "{cards.no_such}"), "unknown fact"),
        (NEW.replace("в отделении", "в отделении " * 100), "at most 600"),
        (NEW.replace("intents: [card_order]", "intents: [no_such]"), "unknown intent"),
        (NEW.replace("как подарить карту другу", "забыл пин-код, где его посмотреть"), ""),
        (NEW.replace("---\nПод", "valid_from: 2026-12-01\nvalid_to: 2026-01-01\n---\nПод"), "is before"),
        (NEW.replace("---\nПод", "buttons:\n  - {text: Туда, article: nowhere}\n---\nПод"), "missing article"),
    ],
)
def test_a_broken_article_is_kept_as_a_draft_and_not_published(
    broken: str, what: str, office: Office, boss: StaffMember
) -> None:
    if not what:  # a question of another article, word for word
        article = office.knowledge.get(PIN, "ru")
        assert article is not None
        broken, what = NEW.replace("как подарить карту другу", article.questions[0]), "also a question of"
    saved = editing.save_draft("gift-card", "ru", boss, office, source=broken, base=0)
    assert any(what in each.what for each in saved.problems)
    with pytest.raises(InvalidInput, match="can't be published") as refused:
        editing.publish("gift-card", "ru", 1, boss, office)
    assert any(what in each for each in refused.value.fields["problems"])
    assert office.knowledge.get("gift-card", "ru") is None


@pytest.mark.parametrize("source", ["x" * 200_000, NEW + "\x00", NEW + "\ud800"])
def test_what_no_text_has_is_refused(source: str, office: Office, boss: StaffMember) -> None:
    with pytest.raises(InvalidInput):
        editing.save_draft("gift-card", "ru", boss, office, source=source, base=0)


@pytest.mark.parametrize(
    ("article", "language"), [("../etc", "ru"), ("", "ru"), ("a" * 100, "ru"), ("gift-card", "fr")]
)
def test_an_id_is_an_id(article: str, language: str, office: Office, boss: StaffMember) -> None:
    with pytest.raises(InvalidInput):
        editing.save_draft(article, language, boss, office, source=NEW, base=0)
    with pytest.raises(NotFound):
        editing.read_versions(article, language, boss, office)


def test_an_article_stays_itself(office: Office, boss: StaffMember) -> None:
    with pytest.raises(InvalidInput, match="can't be changed"):
        editing.save_draft(PIN, "ru", boss, office, source=NEW, base=1)


def test_the_preview_is_what_clients_get(office: Office, boss: StaffMember, clock: Clock) -> None:
    shown = editing.preview("gift-card", "ru", NEW, boss, office)
    assert set(shown.replies) == {"web", "messenger", "email"}
    assert shown.replies["email"][0].text.startswith("Подарочную карту оформляют в отделении. Возьмите паспорт.")
    assert shown.replies["web"][0].buttons
    assert office.knowledge.get("gift-card", "ru") is None
    assert editing.preview("gift-card", "ru", "---", boss, office).replies == {}


def test_which_questions_would_hit_shows_the_place_before_and_after(
    office: Office, boss: StaffMember, clock: Clock
) -> None:
    for number, text in enumerate(("хочу подарочную карту для мамы +7 916 123-45-67", "как снять деньги в банкомате")):
        handle_message(InboundMessage("web", f"m{number}", f"c{number}", text), office)
    hits = editing.find_hits("gift-card", "ru", NEW, boss, office)
    own = [hit for hit in hits if hit.own]
    assert [hit.after for hit in own] == [1, 1]
    assert [hit.before for hit in own] == [None, None]
    written = next(hit for hit in hits if "подарочную" in hit.question and not hit.own)
    assert (written.before, written.after) == (None, 1)
    assert "916" not in written.question
    limited, _ = hire(office, "loans", "loans", role=Role.SUPERVISOR)
    assert all(hit.own for hit in editing.find_hits("gift-card", "ru", NEW, limited, office))


def test_differences_are_shown_line_by_line(office: Office, boss: StaffMember) -> None:
    change(office, boss, 1, "Добавлено.")
    lines = editing.compare(PIN, "ru", 1, 2, boss, office)
    assert ("added", "Добавлено.") in [(each.kind, each.text) for each in lines]
    assert {each.kind for each in editing.compare(PIN, "ru", 2, 2, boss, office)} == {"same"}
    with pytest.raises(NotFound):
        editing.compare(PIN, "ru", 1, 9, boss, office)


def test_withdrawing_says_what_leads_nowhere_then(office: Office, boss: StaffMember) -> None:
    source = NEW.replace("---\nПод", f"buttons:\n  - {{text: Про ПИН, article: {PIN}}}\n---\nПод")
    editing.save_draft("gift-card", "ru", boss, office, source=source, base=0)
    editing.publish("gift-card", "ru", 1, boss, office)
    for language in ("en", "ru"):
        broken = editing.withdraw(PIN, language, boss, office, base=1)
    assert any(PIN in each.what and "gift-card" in each.file for each in broken)
    with pytest.raises((NotFound, Conflict)):
        editing.withdraw(PIN, "ru", boss, office, base=1)
