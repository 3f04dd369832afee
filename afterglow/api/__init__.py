"""What programs may ask and tell: one OpenAPI document, one bearer token for each program."""
