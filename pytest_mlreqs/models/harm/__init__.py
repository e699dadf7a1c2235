"""What stands in for a subject to plant a violation."""
