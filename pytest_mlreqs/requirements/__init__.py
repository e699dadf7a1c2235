"""What to require: one file per kind, found by its name. Nothing is registered here."""
