"""How many bytes a call, a process or a stored model takes."""
