"""Planted people in Python objects: models, frames, and anything else in memory."""
