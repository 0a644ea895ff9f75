"""What the monitor reads from files and the workspace, and how it says what it found."""
