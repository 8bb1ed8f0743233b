"""Settings, addresses, Celery's wiring, the embedded servers, and the supervisor behind `manage.py up`."""
