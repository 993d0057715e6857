"""The endpoints for monitors: health, readiness and figures over HTTP."""
