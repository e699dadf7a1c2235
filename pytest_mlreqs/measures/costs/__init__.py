"""What a step, a column or another part of a model costs."""
