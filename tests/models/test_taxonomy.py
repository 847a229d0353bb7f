from pathlib import Path

import pytest

from models.errors import TaxonomyError
from models.taxonomy import OUT_OF_SCOPE, load_taxonomy

SHIPPED = Path(__file__).parents[2] / "training" / "data" / "taxonomy.yaml"

SMALL = """\
version: 1
departments: [cards, general]
intents:
  - {id: greeting, department: general, does: social, about: "Приветствие"}
  - {id: card_block, department: cards, does: action, action: block_card, verified: true, priority: urgent, about: "Б"}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "taxonomy.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_taxonomy_loads() -> None:
    taxonomy = load_taxonomy(SHIPPED)
    assert len(taxonomy.ids) == len(set(taxonomy.ids)) == 70
    balance = taxonomy.get("balance")
    assert balance is not None
    assert (balance.action, balance.verified, balance.priority) == ("show_balance", True, "normal")
    assert taxonomy.get(OUT_OF_SCOPE) is None


def test_the_hash_changes_with_ids_and_version_only(tmp_path: Path) -> None:
    original = load_taxonomy(written(tmp_path, SMALL)).hash
    assert load_taxonomy(written(tmp_path, SMALL.replace("Приветствие", "Здоровается"))).hash == original
    moved = SMALL.replace("department: general, does: social", "department: cards, does: social")
    assert load_taxonomy(written(tmp_path, moved)).hash == original
    assert load_taxonomy(written(tmp_path, SMALL.replace("id: greeting", "id: hello"))).hash != original
    assert load_taxonomy(written(tmp_path, SMALL.replace("version: 1", "version: 2"))).hash != original


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("department: cards", "department: crads", 5, "allowed: cards, general"),
        ("does: social", "does: socail", 4, "`does` is `socail`"),
        ("action: block_card, ", "", 5, "exactly when `does` is action"),
        ("id: card_block", "id: greeting", 5, "already defined on line 4"),
        ("id: greeting", "id: out_of_scope", 4, "can't be an intent id"),
        ("id: greeting", "id: Привет", 4, "can't be an intent id"),
        ("id: greeting", "id: yes", 4, "`id` must be text"),
        ("verified: true", "verified: 1", 5, "must be true or false"),
        ("priority: urgent", "prioriti: urgent", 5, "unknown key `prioriti`"),
        ("priority: urgent", "priority: asap", 5, "allowed: normal, high, urgent"),
        ("version: 1", "version: one", 1, "`version` must be a whole number"),
        ("version: 1", "version: 1\nversion: 2", 2, "`version` is given twice"),
        ('about: "Приветствие"', 'about: ""', 4, "`about` must be text"),
        ('about: "Приветствие"', "about: [a]", 4, "single value is expected"),
        ("version: 1\n", "", 1, "`version` is missing"),
        ("id: greeting, ", "", 4, "`id` is missing"),
    ],
)
def test_a_mistake_is_reported_with_its_line(tmp_path: Path, old: str, new: str, line: int, what: str) -> None:
    path = written(tmp_path, SMALL.replace(old, new, 1))
    with pytest.raises(TaxonomyError) as caught:
        load_taxonomy(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert what in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "- 1", "[" * 5000, "version: [1", "intents: {a: b}", "version: 1\nintents: []\ndepartments: [a]"]
)
def test_what_is_no_taxonomy_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(TaxonomyError, match=r"taxonomy\.yaml"):
        load_taxonomy(written(tmp_path, text))


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match="can't be read"):
        load_taxonomy(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"about: \xff\xfe")
    with pytest.raises(TaxonomyError, match="not UTF-8"):
        load_taxonomy(tmp_path / "latin.yaml")
