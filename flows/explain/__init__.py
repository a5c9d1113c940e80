"""`energibok explain`: one figure followed back to the rows of the files it came from."""
