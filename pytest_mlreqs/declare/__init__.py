"""What a table says, and everything that is wrong with it."""
