"""A passenger register: a small service with a database, a cache, a model and a log."""
