"""How long calls take on a machine that others use as well."""
