"""Judging a requirement, and proving that it can fail. Each check runs in isolation."""
