"""What numbers say, at a stated rate of errors."""
