"""What can happen: one file per thing, each a verb. Actions open their own transaction and take many at once."""
