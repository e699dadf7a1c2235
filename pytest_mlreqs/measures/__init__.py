"""How to measure. These modules know neither pytest nor options; known-answer tests reach them."""
