from grids.actions.duties import appoint, cover, end_appointment

__all__ = ["appoint", "cover", "end_appointment"]
