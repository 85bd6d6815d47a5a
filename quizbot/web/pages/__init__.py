"""The dashboard's pages, a module a subject, with the changes that can be made on them."""
