"""Benchmarks: each prints a table, and writes JSON and Markdown with the command that made them."""
