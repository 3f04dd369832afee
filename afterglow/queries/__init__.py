"""What staff ask: reads only, answered with frozen dataclasses that a template can print as they are."""
