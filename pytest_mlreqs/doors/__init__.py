"""How pytest comes in: all that imports pytest but the hooks. From an item to a verdict."""
