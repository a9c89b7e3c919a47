from django.db import models


class ScopedQuerySet(models.QuerySet):
    """Rows that somebody may see. Nothing is the default: a model must say who sees more.

    `community_lookup` is the path from the row to its community.
    """

    community_lookup = "community"

    def for_user(self, user):
        """The rows that `user` may see: all of the community for `see_all_grids`, else `for_place`, else nothing."""
        if user.may("see_all_grids"):
            return self.in_community(user.community_id)
        if user.may("see_own_grid") and user.person_id:
            return self.for_place(user)
        return self.none()

    def in_community(self, community_id):
        """Rows of one community; None means the whole installation."""
        if community_id is None:
            return self.all()
        return self.filter(**{self.community_lookup: community_id})

    def one_or_none(self, **lookups):
        """The only row that these look-ups of a unique key mean, or None.

        Unlike `first()` it asks without an order; writing the order costs more than finding the row.
        """
        try:
            return self.get(**lookups)
        except self.model.DoesNotExist:
            return None

    def for_place(self, user):
        """The part that a grid head sees; models with a place override this."""
        return self.none()
