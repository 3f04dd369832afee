"""Kill everything that can be killed, again and again, and count what the provider was really asked to send."""
