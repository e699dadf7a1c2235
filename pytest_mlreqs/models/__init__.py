"""How to call what predicts: one module per question that is put to a model."""
