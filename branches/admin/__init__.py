"""The admin pages of branches: registers and posts, organisational life."""

from branches.admin import dues, life, notices, partners, registers, topics

__all__ = ["dues", "life", "notices", "partners", "registers", "topics"]
