"""Many systems on the same cases: `whole.compare` is the picture, the other files are its parts."""
