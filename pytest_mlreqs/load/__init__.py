"""Reading models and data safely."""
