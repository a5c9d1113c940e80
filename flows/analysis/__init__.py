"""Core tables -> what `energy` works on -> the tables analysis.*: the frames are carried, nothing is computed."""
