"""The pages that set things up, in a browser: by keyboard, with bad input, with two people at once, on a telephone."""

import re
from collections.abc import Callable

import pyotp
import pytest
import segno
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "a password of the tests"
PAGES = (
    "knowledge",
    "knowledge/ru/card-pin",
    "canned-replies",
    "staff",
    "departments",
    "account",
    "audit",
    "bot-texts",
)
SERVER = "administration_server.py"
SignIn = Callable[..., Page]


def heading(page: Page) -> str:
    """What the page calls itself."""
    return page.get_by_role("heading", level=1).first.inner_text()


# --- who may come in


@pytest.mark.parametrize(
    ("login", "path"),
    [("anna", "staff"), ("anna", "departments"), ("anna", "audit"), ("sofia", "bot-texts"), ("sofia", "audit"),
     ("maxim", "knowledge"), ("maxim", "canned-replies")],
)  # fmt: skip
def test_a_page_of_another_role_is_refused(sign_in: SignIn, login: str, path: str) -> None:
    assert heading(sign_in(login, path)) == "Этот раздел для вас закрыт"


def test_a_supervisor_sees_the_staff_and_changes_nobody(sign_in: SignIn) -> None:
    page = sign_in("sofia", "staff")
    expect(page.get_by_role("cell", name="Борис")).to_be_visible()
    expect(page.get_by_test_id("add")).to_have_count(0)
    expect(page.locator(".row-open")).to_have_count(0)


# --- staff


def test_an_administrator_adds_somebody_by_keyboard_and_the_password_is_shown_once(sign_in: SignIn, base: str) -> None:
    page = sign_in("root", "staff")
    page.get_by_test_id("add").focus()
    page.keyboard.press("Enter")
    page.locator("input[name=login]").fill("no spaces")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Такой логин не подойдёт")
    page.locator("input[name=login]").fill("eva")
    page.locator("input[name=name]").fill("<img src=x onerror=alert(1)>Ева")
    page.keyboard.press("Enter")
    password = page.get_by_test_id("secret").inner_text()
    page.get_by_test_id("kept").click()
    expect(page.get_by_role("button", name="<img src=x onerror=alert(1)>Ева")).to_be_visible()
    expect(page.locator("td img")).to_have_count(0)
    page.reload()
    expect(page.get_by_text("одноразовый пароль")).to_be_visible()
    assert password not in page.content()
    body = {"login": "eva", "password": password, "code": ""}
    entered = page.context.request.post(f"{base}/staff/v1/sign-in", data=body, headers={"Origin": base})
    assert entered.json()["must_change_password"] is True


def test_who_is_disabled_is_out_at_once(sign_in: SignIn, base: str) -> None:
    page = sign_in("root", "staff")
    theirs = sign_in("boris", "canned-replies")
    page.get_by_role("button", name="Борис").click()
    page.get_by_test_id("disable").click()
    expect(page.get_by_text("Обращений на руках нет.")).to_be_visible()
    page.get_by_test_id("yes").click()
    expect(page.get_by_text("доступ закрыт")).to_be_visible()
    expect(page.get_by_role("button", name="Борис")).to_have_count(0)
    expect(theirs).to_have_url(f"{base}/console/sign-in")


def test_the_last_change_of_a_form_wins_only_where_it_was_made(sign_in: SignIn) -> None:
    page, other = sign_in("root", "staff"), sign_in("pavel", "staff")
    for each in (page, other):
        each.get_by_role("button", name="Вера").click()
    page.get_by_label("Нагрузка", exact=True).fill("7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    other.get_by_label("Почта").fill("vera@bank.example")
    other.keyboard.press("Enter")
    expect(other.get_by_role("dialog")).to_have_count(0)
    expect(other.locator("tr", has_text="Вера")).to_contain_text("7")


def test_escape_closes_a_form_and_changes_nothing(sign_in: SignIn) -> None:
    page = sign_in("root", "staff")
    page.get_by_role("button", name="Вера").click()
    page.locator("input[name=name]").fill("Другая")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Вера")).to_be_visible()


# --- one's own account


def test_a_wrong_present_password_is_said_and_changes_nothing(sign_in: SignIn) -> None:
    page = sign_in("vera", "account")
    page.locator("input[name=old_password]").fill("something else")
    page.locator("input[name=new_password]").fill("another good password")
    page.locator("input[name=again]").fill("another bad password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Пароли не совпали")
    page.locator("input[name=again]").fill("another good password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Нынешний пароль введён неверно")
    page.locator("input[name=old_password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Пароль изменён")).to_be_visible()


def test_the_code_from_a_telephone_is_turned_on(sign_in: SignIn) -> None:
    page = sign_in("pavel", "account")
    page.get_by_test_id("turn-on").click()
    secret = page.get_by_test_id("totp-secret").inner_text().replace(" ", "")
    address = str(page.get_by_role("link", name="Открыть в приложении").get_attribute("href"))
    drawn = segno.make(address, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")
    assert secret in address
    expect(page.get_by_test_id("totp-picture").locator("img")).to_have_attribute("src", drawn)
    page.locator("input[name=code]").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Код не подошёл")
    page.locator("input[name=code]").fill(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    assert len(page.get_by_test_id("secret").inner_text().split()) == 10
    page.get_by_test_id("kept").click()
    expect(page.get_by_test_id("factor")).to_have_text("включён")


def test_a_token_is_shown_once_and_withdrawn(sign_in: SignIn, base: str) -> None:
    page = sign_in("anna", "account")
    page.get_by_test_id("add-token").click()
    page.locator("input[name=token-name]").fill("<b>отчёты</b>")
    page.keyboard.press("Enter")
    token = page.get_by_test_id("secret").inner_text()
    page.get_by_test_id("kept").click()
    bearer = {"Authorization": f"Bearer {token}"}
    assert page.context.request.get(f"{base}/api/v1/articles", headers=bearer).ok
    page.get_by_role("button", name="Отозвать: <b>отчёты</b>").click()
    page.get_by_test_id("yes").click()
    expect(page.get_by_text("Токен отозван")).to_be_visible()
    page.context.clear_cookies()
    assert page.context.request.get(f"{base}/api/v1/articles", headers=bearer).status == 401


# --- canned replies


def test_an_operator_keeps_a_reply_of_their_own_and_reads_the_shared_ones(sign_in: SignIn) -> None:
    leader, page = sign_in("sofia", "canned-replies"), sign_in("anna", "canned-replies")
    leader.get_by_test_id("add").click()
    leader.locator("input[name=shortcut]").fill("/общая")
    leader.locator("input[name=title]").fill("Для всех")
    leader.locator("textarea[name=text-ru]").fill("Здравствуйте, {client_name}!")
    leader.get_by_role("button", name="Сохранить").click()
    page.get_by_role("button", name="/общая").click()
    expect(page.get_by_text("Это общая заготовка")).to_be_visible()
    expect(page.get_by_role("button", name="Сохранить")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("input[name=shortcut]")).to_have_count(0)  # the form takes a moment to leave
    page.get_by_test_id("add").focus()
    page.keyboard.press("Enter")
    page.locator("input[name=shortcut]").fill("/моя")
    page.locator("input[name=title]").fill("<script>alert(1)</script>")
    page.locator("textarea[name=text-ru]").fill("Привет, {login}!")
    page.locator("input[name=title]").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("{login} подставить нечем")
    page.locator("textarea[name=text-ru]").fill("Привет, {client_name}!")
    page.locator("input[name=title]").press("Enter")
    expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
    expect(leader.get_by_text("/моя")).to_have_count(0)


# --- knowledge base


def write(page: Page, text: str) -> None:
    """Put a whole new text into the editor."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def test_an_article_opens_from_the_list_by_keyboard(sign_in: SignIn, base: str) -> None:
    page = sign_in("sofia", "knowledge")
    page.locator("[data-id='ru/card-fee'] .row-open").press("Enter")
    expect(page).to_have_url(f"{base}/console/knowledge/ru/card-fee")
    expect(page.locator("main h1, main [role=heading][aria-level='1']").first).to_be_visible()


def test_mistakes_keep_an_article_from_being_published(sign_in: SignIn) -> None:
    page = sign_in("sofia", "knowledge/ru/card-pin")
    expect(page.locator(".preview-bubble")).to_be_visible()
    write(page, "---\nid: card-pin\nlanguage: ru\ntitle: ПИН\nintents: [no_such]\nquestions:\n  - как\n---\nОтвет")
    expect(page.get_by_text("Темы «no_such» нет.")).to_be_visible()
    page.get_by_test_id("publish").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Опубликовать пока нельзя")).to_be_visible()
    expect(dialog.get_by_role("button", name="Опубликовать")).to_be_hidden()


def test_an_operator_proposes_and_a_supervisor_publishes(sign_in: SignIn) -> None:
    page = sign_in("anna", "knowledge/ru/card-fee")
    expect(page.get_by_test_id("publish")).to_have_count(0)
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("<b>Ещё фраза.</b>")
    expect(page.locator(".preview-bubble")).to_contain_text("<b>Ещё фраза.</b>")
    page.keyboard.press("Control+s")
    page.locator("input[name=comment]").fill("Спрашивали трижды")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Черновик сохранён")).to_be_visible()
    leader = sign_in("sofia", "knowledge/ru/card-fee")
    leader.get_by_test_id("publish").click()
    dialog = leader.get_by_role("dialog")
    expect(dialog.locator(".diff-line.added")).to_contain_text("Ещё фраза")
    dialog.get_by_role("button", name="Опубликовать").click()
    expect(leader.get_by_text("Версия 2 у клиентов.")).to_be_visible()


def test_two_who_edit_one_article_see_both_versions(sign_in: SignIn) -> None:
    page, other = sign_in("sofia", "knowledge/ru/card-order"), sign_in("irina", "knowledge/ru/card-order")
    for each, words in ((page, "Первая правка."), (other, "Вторая правка.")):
        each.locator(".cm-content").click()
        each.keyboard.press("Control+End")
        each.keyboard.insert_text(words)
        each.get_by_test_id("save-draft").click()
        each.get_by_role("dialog").get_by_role("button", name="Сохранить").click()
        if each is page:
            expect(page.get_by_text("Черновик сохранён")).to_be_visible()
    expect(other.get_by_text("Пока вы правили, вышла версия 2, автор sofia")).to_be_visible()
    expect(other.locator(".diff-line.removed")).to_contain_text("Первая правка")
    other.get_by_test_id("keep_mine").click()
    expect(other.get_by_text("Черновик сохранён, версия 3")).to_be_visible()


# --- departments, texts of the bot, the trail


def test_a_department_is_closed_with_a_successor(sign_in: SignIn) -> None:
    page = sign_in("root", "departments")
    page.get_by_role("button", name="отдел документов").click()
    page.get_by_test_id("close").click()
    expect(page.get_by_text("Сейчас в работе обращений: 0")).to_be_visible()
    page.locator("button[type=submit]", has_text="Закрыть отдел").click()
    expect(page.locator("tr", has_text="отдел документов")).to_contain_text("закрыт")


def test_a_text_of_the_bot_keeps_its_fields(sign_in: SignIn) -> None:
    page = sign_in("root", "bot-texts")
    page.get_by_role("searchbox").fill("к разговору подключается")
    page.get_by_role("button", name=re.compile("К разговору подключается")).click()
    page.locator("textarea[name=words]").fill("Подключается коллега.")
    expect(page.get_by_role("alert")).to_contain_text("{name}")
    page.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.locator("textarea[name=words]").fill("Теперь с вами {name}.")
    expect(page.get_by_test_id("preview")).to_have_text("Теперь с вами Анна.")
    page.get_by_role("button", name="Сохранить").click()
    page.get_by_role("searchbox").fill("теперь с вами")
    expect(page.locator("tr", has_text="Теперь с вами {name}.")).to_contain_text("ваш")


def test_the_trail_is_filtered(sign_in: SignIn) -> None:
    page = sign_in("root", "audit")
    page.locator("input[name=actor]").fill("nobody")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Записей нет")).to_be_visible()
    page.locator("input[name=actor]").fill("root")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="вошёл").first).to_be_visible()


# --- on a telephone


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_telephone(sign_in: SignIn, path: str) -> None:
    page = sign_in("root", path, width=390)
    page.locator(".rows, .cm-content, .empty").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
