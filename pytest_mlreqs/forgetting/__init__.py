"""Finding people who were deleted, wherever they may still be."""
