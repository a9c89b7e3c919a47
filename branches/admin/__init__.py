"""The admin pages of branches: registers and posts, organisational life."""

from branches.admin import life, registers, topics

__all__ = ["life", "registers", "topics"]
