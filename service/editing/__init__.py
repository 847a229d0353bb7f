"""Editing the knowledge base: versions with who and why, looked at before clients see them.

- `versions`: draft -> publish -> withdraw -> restore
- `reading`: the list, the versions, differences between them
- `proofing`: checks, the preview in each channel, which questions would find the article
"""

from service.editing.proofing import Hit, Preview, Proof, check_source, find_hits, preview
from service.editing.reading import ArticleEntry, DiffLine, compare, list_articles, read_versions
from service.editing.versions import Saved, publish, restore, save_draft, withdraw

__all__ = [
    "ArticleEntry",
    "DiffLine",
    "Hit",
    "Preview",
    "Proof",
    "Saved",
    "check_source",
    "compare",
    "find_hits",
    "list_articles",
    "preview",
    "publish",
    "read_versions",
    "restore",
    "save_draft",
    "withdraw",
]
