"""Editing the knowledge base: versions with who and why, looked at before clients see them.

- `versions`: draft -> publish -> withdraw -> restore
- `reading`: the list, the versions, differences between them
- `proofing`: checks, the preview in each channel, which questions would find the article
"""

from service.editing.proofing import Hit, Preview, Proof, check_source, find_hits, preview
from service.editing.reading import (
    ArticleEntry,
    DiffLine,
    compare,
    diff,
    list_articles,
    mark_of_all,
    read_versions,
)
from service.editing.versions import Saved, propose, publish, restore, save_draft, withdraw

__all__ = [
    "ArticleEntry",
    "DiffLine",
    "Hit",
    "Preview",
    "Proof",
    "Saved",
    "check_source",
    "compare",
    "diff",
    "find_hits",
    "list_articles",
    "mark_of_all",
    "preview",
    "propose",
    "publish",
    "read_versions",
    "restore",
    "save_draft",
    "withdraw",
]
