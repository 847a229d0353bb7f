"""Approved answers: articles, facts, hybrid search, checks."""
