"""What the process serves over HTTP: health and metrics, the webhook, and the dashboard."""
