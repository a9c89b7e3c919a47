from volunteers.actions.helpers import register_helper, set_free_half_days
from volunteers.actions.hours import record_hours, withdraw_hours

__all__ = ["record_hours", "register_helper", "set_free_half_days", "withdraw_hours"]
