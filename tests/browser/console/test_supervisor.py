"""The supervisor's pages in a browser: by keyboard, with bad input, by two at once, on a telephone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = ("wall", "operators", "statistics", "search", "quality", "shifts", "targets", "routing", "calls")
CRITERIA = ("greeting", "understanding", "solution", "language", "security", "closing")
SERVER = "supervisor_server.py"
MOSCOW = ZoneInfo("Europe/Moscow")
SignIn = Callable[..., Page]


def notice(page: Page) -> str:
    """What the page has just said."""
    shown = page.locator(".q-notification__message").last
    shown.wait_for()
    return shown.inner_text()


@pytest.mark.parametrize(
    ("login", "path"),
    [("anna", "wall"), ("anna", "operators"), ("anna", "quality"), ("anna", "shifts"), ("anna", "routing"),
     ("anna", "calls"),
     ("maxim", "wall"), ("maxim", "search"), ("maxim", "targets"), ("maxim", "statistics")],
)  # fmt: skip
def test_who_may_not_open_a_page_is_told_so(sign_in: SignIn, login: str, path: str) -> None:
    page = sign_in(login, path)
    expect(page.get_by_role("heading", level=1)).to_have_text("Этот раздел для вас закрыт")


@pytest.mark.parametrize("path", PAGES)
def test_a_telephone_scrolls_down_only(sign_in: SignIn, path: str) -> None:
    page = sign_in("sofia", path, width=390)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_wall_follows_what_happens(sign_in: SignIn, base: str) -> None:
    wall = sign_in("sofia", "wall")
    expect(wall.get_by_role("region", name="Очередь по отделам")).to_be_visible()
    expect(wall.get_by_role("region", name="Кто работает")).to_contain_text("Сейчас никого нет на месте")
    boris = sign_in("boris", "inbox")
    answer = boris.context.request.put(f"{base}/api/v1/presence", data={"state": "online"}, headers={"Origin": base})
    assert answer.ok, answer.text()
    expect(wall.get_by_role("region", name="Кто работает")).to_contain_text("Борис")
    assert "hacked" not in wall.title()


def test_names_with_markup_stay_text(sign_in: SignIn) -> None:
    page = sign_in("sofia", "search")
    expect(page.get_by_text("<img src=x onerror=\"document.title='hacked'\">")).to_be_visible()
    page.goto(page.url.replace("search", "operators"))
    expect(page.get_by_role("button", name="Анна <img src=x onerror=alert(1)>")).to_be_visible()
    page.goto(page.url.replace("operators", "shifts"))
    expect(page.get_by_text("Анна <img src=x onerror=alert(1)>").first).to_be_visible()
    assert "hacked" not in page.title()


def test_words_are_found_and_marked_and_the_result_opens_in_the_inbox_by_keyboard(sign_in: SignIn) -> None:
    page = sign_in("sofia", "search")
    expect(page.locator(".found-row")).to_have_count(4)
    page.get_by_test_id("search-text").fill("кредит")
    expect(page.locator("mark").first).to_have_text("кредиты")
    expect(page.locator(".found-row")).to_have_count(3)
    assert "q=" in page.url
    page.locator(".found-row").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/inbox?open=*")


def test_a_search_is_kept_opened_again_and_forgotten(sign_in: SignIn) -> None:
    page = sign_in("sofia", "search?state=closed")
    expect(page.locator(".found-row")).to_have_count(3)
    page.get_by_test_id("keep-view").click()
    page.get_by_test_id("view-name").press("Enter")
    assert notice(page) == "Дайте поиску название."
    page.get_by_test_id("view-name").fill("Закрытые <b>")
    page.keyboard.press("Enter")
    kept = page.get_by_role("button", name="Закрытые <b>", exact=True)
    kept.wait_for()
    page.goto(page.url.partition("?")[0])
    expect(page.locator(".found-row")).to_have_count(4)
    page.get_by_test_id("keep-view").click()
    page.get_by_test_id("view-name").fill("Закрытые <b>")
    page.keyboard.press("Enter")
    expect(page.get_by_text("уже сохранён другой поиск")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("уже сохранён другой поиск")).to_have_count(0)
    page.keyboard.press("Escape")
    kept.click()
    expect(page.locator(".found-row")).to_have_count(3)
    page.get_by_role("button", name="Удалить поиск «Закрытые <b>»").click()
    page.get_by_role("button", name="Удалить", exact=True).click()
    expect(kept).to_have_count(0)


def test_the_days_of_an_operator_open_by_keyboard(sign_in: SignIn) -> None:
    page = sign_in("sofia", "operators")
    page.get_by_role("button", name="Борис").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("days").get_by_role("listitem")).to_have_count(7)
    page.get_by_test_id("period-today").click()
    expect(page.get_by_test_id("days").get_by_role("listitem")).to_have_count(1)
    page.get_by_test_id("period-from").fill("01.01.2999")
    page.get_by_test_id("period-from").press("Tab")
    assert notice(page) == "Первый день должен быть не позже последнего."


def test_a_split_shift_is_set_by_keyboard_and_bad_hours_are_named(sign_in: SignIn) -> None:
    page = sign_in("sofia", "shifts")
    cell = page.get_by_role("cell", name="Борис, вт").first
    cell.focus()
    page.keyboard.press("Enter")
    page.get_by_test_id("hours-from").fill("18:00")
    page.get_by_test_id("hours-to").fill("9:00")
    page.keyboard.press("Enter")
    assert notice(page).startswith("Смена должна заканчиваться позже")
    page.get_by_test_id("hours-from").fill("9")
    page.get_by_test_id("hours-to").fill("13:00")
    page.get_by_test_id("add-hours").click()
    expect(page.get_by_test_id("hours-from").nth(1)).to_be_focused()
    page.get_by_test_id("hours-from").last.fill("14:00")
    page.get_by_test_id("hours-to").last.fill("18:00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="Борис, вт").first).to_contain_text("09:00–13:00")
    expect(page.get_by_role("cell", name="Борис, вт").first).to_contain_text("14:00–18:00")
    expect(page.get_by_test_id("save-shifts")).to_have_count(0)


def test_a_roster_file_with_mistakes_changes_nothing_and_a_good_one_comes_back(sign_in: SignIn) -> None:
    page = sign_in("sofia", "shifts")
    page.get_by_role("cell", name="Анна").first.wait_for()
    with page.expect_download() as downloading:
        page.get_by_test_id("export").click()
    written = Path(downloading.value.path()).read_bytes()
    assert written.startswith(b"login,day,starts,ends,zone,country\nanna,mon,09:00,13:00,Europe/Moscow,RU")
    page.get_by_test_id("import").click()
    bad = b"login,day,starts,ends,zone,country\nnobody,mon,9:00,10:00,Europe/Moscow,RU\n"
    page.locator("input[type=file]").set_input_files({"name": "bad.csv", "mimeType": "text/csv", "buffer": bad})
    expect(page.get_by_test_id("problems").get_by_role("listitem")).to_have_text(
        "Строка 2: оператора «nobody» нет, сначала заведите его"
    )
    page.locator("input[type=file]").set_input_files({"name": "good.csv", "mimeType": "text/csv", "buffer": written})
    expect(page.get_by_test_id("problems")).to_have_count(0)
    expect(page.get_by_role("cell", name="Анна").first).to_contain_text("09:00–13:00")


def test_calls_come_from_a_file_that_says_what_is_wrong_with_it(sign_in: SignIn) -> None:
    page = sign_in("sofia", "calls")
    expect(page.get_by_text("За эти дни звонков нет")).to_be_visible()
    now = datetime.now(MOSCOW)
    midnight = now.replace(hour=0, minute=0, second=0)  # the wall shows today
    at = max(now - timedelta(minutes=30), midnight).astimezone(UTC)
    times = f"{at:%Y-%m-%dT%H:%M:%S}Z,{at:%Y-%m-%dT%H:%M:%S}Z,{at + timedelta(minutes=3):%Y-%m-%dT%H:%M:%S}Z"
    head = "id,started_at,answered_at,ended_at,direction,outcome,department,operator,phone\n"
    lines = [f"p-{number},{times},in,answered,loans,boris,+79135550101\n" for number in range(900)]
    large = (head + "".join(lines)).encode()
    assert len(large) > 2**16
    page.get_by_test_id("import-calls").focus()
    page.keyboard.press("Enter")
    bad = (head + lines[0].replace("boris", "nobody")).encode()
    page.locator("input[type=file]").set_input_files({"name": "bad.csv", "mimeType": "text/csv", "buffer": bad})
    expect(page.get_by_test_id("problems").get_by_role("listitem")).to_have_text(
        "Строка 2: оператора «nobody» нет; нужен логин"
    )
    page.locator("input[type=file]").set_input_files({"name": "calls.csv", "mimeType": "text/csv", "buffer": large})
    assert notice(page) == "Добавлено звонков: 900, уже были: 0"
    expect(page.get_by_test_id("problems").get_by_role("listitem")).to_contain_text("время посчитано один раз")
    page.keyboard.press("Escape")
    expect(page.get_by_text("+7•••0101").first).to_be_visible()
    page.goto(page.url.replace("calls", "wall"))
    expect(page.get_by_test_id("phone")).to_contain_text("900")
    page.goto(page.url.replace("wall", "operators"))
    expect(page.get_by_role("row").filter(has_text="Борис")).to_contain_text("3 мин")


def test_of_two_who_save_targets_the_second_is_told(sign_in: SignIn) -> None:
    first, second = sign_in("sofia", "targets"), sign_in("vera", "targets")
    for page in (first, second):
        page.get_by_test_id("add-row").click()
        page.get_by_test_id("target-first").fill("5")
        page.get_by_test_id("target-first").press("Tab")
    first.get_by_test_id("save-rows").click()
    assert notice(first) == "Сохранено, правила уже действуют."
    second.get_by_test_id("save-rows").click()
    assert notice(second).startswith("Таблицу только что изменил коллега.")


def test_a_route_that_changes_nothing_is_refused_and_a_case_is_explained(sign_in: SignIn) -> None:
    page = sign_in("sofia", "routing")
    page.get_by_test_id("add-row").click()
    page.get_by_test_id("save-rows").click()
    assert notice(page) == "Правило 1 ничего не меняет. Укажите очередь, срочность, способ или навык."
    page.get_by_test_id("route-skill").fill("vip")
    page.get_by_test_id("route-skill").press("Tab")
    page.get_by_test_id("save-rows").click()
    expect(page.get_by_text("Сохранено, правила уже действуют.")).to_be_visible()
    page.get_by_test_id("explain").click()
    expect(page.get_by_test_id("answer")).to_contain_text("Решает правило 1.")


def test_a_drawn_conversation_is_read_and_scored(sign_in: SignIn) -> None:
    page = sign_in("sofia", "quality")
    expect(page.get_by_test_id("sampled").get_by_role("listitem")).to_have_count(3)
    drawn = page.get_by_test_id("sampled").inner_text()
    page.get_by_test_id("draw").click()
    page.wait_for_load_state("networkidle")
    assert page.get_by_test_id("sampled").inner_text() == drawn
    page.locator(".sampled-row").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("Здравствуйте, всё готово.")
    page.get_by_test_id("save-card").click()
    assert notice(page) == "Оцените каждый пункт."
    for each in CRITERIA:
        page.get_by_test_id(f"{each}-2").click()
    page.get_by_test_id("save-card").click()
    expect(page.locator(".sampled-row").first.locator(".pill")).to_have_text("100 %")


def test_an_empty_period_says_what_to_do(sign_in: SignIn) -> None:
    page = sign_in("sofia", "statistics")
    page.get_by_test_id("period-yesterday").click()
    expect(page.get_by_text("За эти дни людей никто не звал. Выберите другой период.").first).to_be_visible()
