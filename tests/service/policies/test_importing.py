"""The three-way decision of an import: files win where nobody edited, the console wins where somebody did."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policies.importing import Fate, decide_import

hashes = st.one_of(st.none(), st.sampled_from(["a", "b", "c"]))


@pytest.mark.parametrize(
    ("incoming", "served", "imported", "fate"),
    [
        ("new", None, None, Fate.ADDED), ("same", "same", "same", Fate.SAME), ("new", "old", "old", Fate.REPLACED),
        (None, "old", "old", Fate.REMOVED), ("new", "mine", "old", Fate.KEPT), ("old", "mine", "old", Fate.KEPT),
        (None, "mine", "old", Fate.KEPT), (None, "mine", None, Fate.KEPT), ("mine", "mine", "old", Fate.SAME),
        (None, None, None, Fate.ABSENT),
    ],
)  # fmt: skip
def test_what_becomes_of_an_article(incoming: str | None, served: str | None, imported: str | None, fate: Fate) -> None:
    assert decide_import(incoming, served, imported) is fate


def test_what_was_withdrawn_here_stays_withdrawn() -> None:
    assert decide_import("new", None, None, withdrawn=True) is Fate.KEPT
    assert decide_import("new", None, None, withdrawn=True, overwrite=True) is Fate.ADDED


@given(hashes, hashes, hashes, st.booleans())
def test_overwriting_serves_exactly_the_files(
    incoming: str | None, served: str | None, imported: str | None, withdrawn: bool
) -> None:
    fate = decide_import(incoming, served, imported, withdrawn=withdrawn, overwrite=True)
    after = {Fate.ADDED: incoming, Fate.REPLACED: incoming, Fate.SAME: served, Fate.REMOVED: None, Fate.ABSENT: None}
    assert after[fate] == incoming


@given(hashes, hashes, hashes)
def test_what_was_edited_here_is_never_lost(incoming: str | None, served: str | None, imported: str | None) -> None:
    fate = decide_import(incoming, served, imported)
    if served is not None and served != imported:
        assert fate in (Fate.KEPT, Fate.SAME)
