"""The values Otklik talks about: frozen dataclasses and enums that import nothing else of the project."""
