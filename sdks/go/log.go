package latchkey

import "log/slog"

// WithLogger notes every attempt of a call, at level Debug, and at level Warn when it failed and will be repeated. The
// notes have the operation, the number of the attempt, its duration, the status and request id of its answer, the error,
// and the wait before the next one; never a key, a body or a header. Without it nothing is noted.
func WithLogger(logger *slog.Logger) Option {
	return func(c *Client) { c.logger = logger }
}
