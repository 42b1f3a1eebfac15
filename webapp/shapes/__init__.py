"""What the API answers: shapes (TypedDicts, so the document and the code cannot differ) and how a
record becomes one."""
