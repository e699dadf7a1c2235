"""How much columns tell of an attribute, a target or each other."""
