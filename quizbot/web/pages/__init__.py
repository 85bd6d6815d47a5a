"""The dashboard's pages and the changes made on them, one module per subject."""
