"""Files that people send each other: kept in a folder, told apart by their first bytes."""
