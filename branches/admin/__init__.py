"""The admin pages of branches: registers and posts, organisational life."""

from branches.admin import life, notices, partners, registers, topics

__all__ = ["life", "notices", "partners", "registers", "topics"]
