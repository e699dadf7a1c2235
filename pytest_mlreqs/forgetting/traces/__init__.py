"""Where people who were planted can still be found, and whether anything else has changed."""
