"""Every e-mail service that django-anymail knows, behind our own contract. A service is one entry in `services.py`.

Nothing of anymail needs to stand in INSTALLED_APPS or in the settings: each account brings all that its service needs.
"""
