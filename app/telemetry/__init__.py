"""What operators see: one log line a request, and metrics."""

from app.telemetry.exchange import Exchange, current
from app.telemetry.logs import set_up_logs
from app.telemetry.metrics import METRICS_TYPE, Metrics
from app.telemetry.observe import Telemetry, observed
from app.telemetry.stalls import LoopWatch

__all__ = ["METRICS_TYPE", "Exchange", "LoopWatch", "Metrics", "Telemetry", "current", "observed", "set_up_logs"]
