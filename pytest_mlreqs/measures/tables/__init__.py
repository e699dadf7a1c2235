"""What columns are called, and which rows and values of two tables are the same."""
