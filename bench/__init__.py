"""How fast Afterglow is on this machine, measured beside plain loops that do the least possible."""
