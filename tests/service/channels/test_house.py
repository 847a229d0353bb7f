"""A channel is whole or it fails here: tests, captured requests, settings with labels, a line and a page."""

import importlib.util
from pathlib import Path

import pytest

from service.channels import CHANNELS, is_connector, settings_of
from service.channels.base import Channel
from service.console import words
from service.texts import LANGUAGES
from tests.service.channels.contract import ChannelContract, ConnectorContract

FOLDER = Path(__file__).parent
PAGES = FOLDER.parents[2] / "service" / "channels"
CONNECTORS = [kind for kind in CHANNELS if is_connector(kind)]
by_name = pytest.mark.parametrize("kind", CONNECTORS, ids=lambda kind: kind.name)


def contract_of(kind: type[Channel]) -> list[type]:
    """The classes in the channel's test file that inherit a contract."""
    path = FOLDER / f"test_{kind.name}.py"
    if not path.exists():
        return []
    spec = importlib.util.spec_from_file_location(f"looked_at_{kind.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    own = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
    return [each for each in own if issubclass(each, ChannelContract)]


@pytest.mark.parametrize("kind", CHANNELS, ids=lambda kind: kind.name)
def test_it_inherits_the_contract(kind: type[Channel]) -> None:
    assert contract_of(kind), f"tests/service/channels/test_{kind.name}.py inherits no contract"


@by_name
def test_its_contract_brings_captured_and_refused_requests_and_faults(kind: type[Channel]) -> None:
    (contract,) = [each for each in contract_of(kind) if issubclass(each, ConnectorContract)]
    assert contract.KIND is kind
    assert [each for each in contract().captured() if each.message is not None]
    assert contract().refused()
    assert contract.CASES


@by_name
def test_it_has_a_double(kind: type[Channel]) -> None:
    assert (FOLDER.parents[1] / "doubles" / f"{kind.name}.py").exists()


@by_name
def test_its_settings_have_labels_and_a_secret_is_marked(kind: type[Channel]) -> None:
    assert any(each.secret for each in settings_of(kind))
    for setting in settings_of(kind):
        assert all(each == each.strip().lower() for each in (setting.name, *setting.choices))
        for language in LANGUAGES:
            labels = words.section("channel_settings", language)
            assert labels.get(f"{kind.name}_{setting.name}") or labels.get(setting.name), setting.name
            for choice in setting.choices:
                assert labels.get(f"choice_{choice}"), choice


@by_name
def test_its_name_can_be_read_in_the_console(kind: type[Channel]) -> None:
    for language in LANGUAGES:
        assert words.section("channels", language).get(kind.name)


@by_name
def test_it_has_a_line_in_the_readme_and_a_page(kind: type[Channel]) -> None:
    line = f"| `{kind.name}` |"
    (found,) = [each for each in (PAGES / "README.md").read_text(encoding="utf-8").splitlines() if line in each]
    for setting in settings_of(kind):
        assert f"`{setting.name}`" in found
    page = (PAGES / f"{kind.name}.md").read_text(encoding="utf-8")
    assert f"otklik channels check {kind.name}" in page
    assert f"OTKLIK_{kind.name.upper()}_" in page
    for setting in settings_of(kind):
        assert f"`{setting.name}`" in page or f"OTKLIK_{kind.name}_{setting.name}".upper() in page, setting.name
    assert f"/channels/v1/{kind.name}" in page or "set-webhook" in page or kind.name == "email"
    assert "По-русски" in page
