"""One file a chart. Every function returns a Chart: finding, drawings, one sentence, the drawn table."""

from dashboards.charts.base import Chart

__all__ = ["Chart"]
