"""What the machine is, and how much of it this process gets."""
