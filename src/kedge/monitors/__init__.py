"""What is monitored: one file per monitor type."""
