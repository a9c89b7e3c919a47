"""The admin pages of branches: registers and posts, organisational life."""

from branches.admin import life, notices, registers, topics

__all__ = ["life", "notices", "registers", "topics"]
