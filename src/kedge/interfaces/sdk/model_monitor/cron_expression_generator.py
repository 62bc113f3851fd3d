"""When a schedule is due, as the service writes it (scheduling-and-jobs.md, 7.2)."""

from __future__ import annotations


class CronExpressionGenerator:
    """Writes expressions of schedules."""

    @staticmethod
    def hourly() -> str:
        """Return every full hour.

        >>> CronExpressionGenerator.hourly()
        'cron(0 * ? * * *)'
        """
        return "cron(0 * ? * * *)"

    @staticmethod
    def daily(hour: int = 0) -> str:
        """Return every day at an hour, UTC.

        >>> CronExpressionGenerator.daily(hour=5)
        'cron(0 5 ? * * *)'
        """
        return f"cron(0 {hour} ? * * *)"

    @staticmethod
    def daily_every_x_hours(hour_interval: int, starting_hour: int = 0) -> str:
        """Return every so many hours of each day, from an hour on.

        >>> CronExpressionGenerator.daily_every_x_hours(hour_interval=12, starting_hour=17)
        'cron(0 17/12 ? * * *)'
        """
        return f"cron(0 {starting_hour}/{hour_interval} ? * * *)"

    @staticmethod
    def now() -> str:
        """Return once, at once; the schedule then needs both offsets of its analysis.

        >>> CronExpressionGenerator.now()
        'NOW'
        """
        return "NOW"
