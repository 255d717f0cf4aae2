"""Ids for what has none of its own."""

import hashlib
import json


def content_id(title: str, text: str, author: str | None, published_at: str | None) -> str:
    """A hash of the content and the day, so that the same thing found again is the same document."""
    parts = [title, text, author or "", (published_at or "")[:10]]
    return "sha256:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]
