"""Pages that show rows of several apps, one module per door."""
