"""What happens when an update comes in: parse, one use case in one transaction, reply."""
