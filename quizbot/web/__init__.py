"""What the process answers over HTTP: for now, whether it is well."""
