"""Which columns have a say in what a model answers."""
