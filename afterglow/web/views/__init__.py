"""The screens: read the request, ask a query or call an action, fill a template. One file a screen."""
