"""The words a client gets from an article, on the channel they write from."""

from knowledge_base.article import Article


def answer_text(article: Article, channel: str | None = None) -> str:
    """The answer worded for a kind of channel ("web", "messenger", "email"); the default answer where there is none."""
    if channel is None:
        return article.answer
    return article.channel_answers.get(channel, article.answer)
