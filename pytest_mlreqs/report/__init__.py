"""How verdicts are told. These modules render what was measured and measure nothing."""
