"""What pages of the project count and name across several apps, read once and prepared in Python."""
