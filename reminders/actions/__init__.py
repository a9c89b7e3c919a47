from reminders.actions.planning import cancel, plan, to_desk, to_person

__all__ = ["cancel", "plan", "to_desk", "to_person"]
