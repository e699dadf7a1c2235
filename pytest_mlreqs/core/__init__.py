"""What every part of a check is made of and runs in. It imports nothing else of the package."""
