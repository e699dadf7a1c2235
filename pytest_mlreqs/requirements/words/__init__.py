"""What kinds say of what was measured, where it takes more than a sentence; no kind is here."""
