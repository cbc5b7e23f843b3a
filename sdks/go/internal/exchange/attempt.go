package exchange

import (
	"context"
	"log/slog"
	"time"
)

// Attempt is what became of one attempt of a call.
type Attempt struct {
	// Number counts the attempts from 1.
	Number int
	// Took is from the sending to the last byte.
	Took time.Duration
	// Reply is the reply, unless Err says why there is none.
	Reply *Reply
	// Err is why there is no reply.
	Err error
	// Again tells whether another attempt follows, after Wait.
	Again bool
	// Wait is the pause before it.
	Wait time.Duration
}

// LogTo notes attempts of an operation such as "POST /v2/verify". A nil logger notes nothing. What a server says stands
// on one line of bounded length; keys, bodies and headers are left out.
func LogTo(ctx context.Context, logger *slog.Logger, operation string) func(Attempt) {
	if logger == nil {
		return nil
	}
	return func(attempt Attempt) {
		level, message := slog.LevelDebug, "latchkey: attempt"
		if attempt.Again {
			level, message = slog.LevelWarn, "latchkey: attempt failed, will be repeated"
		}
		if !logger.Enabled(ctx, level) {
			return
		}
		attributes := []slog.Attr{
			slog.String("operation", operation), slog.Int("attempt", attempt.Number), slog.Duration("duration", attempt.Took),
		}
		if attempt.Reply != nil {
			attributes = append(attributes, slog.Int("status", attempt.Reply.Status), slog.String("requestId", Line(attempt.Reply.RequestID())))
		}
		if attempt.Err != nil {
			attributes = append(attributes, slog.String("error", Line(attempt.Err.Error())))
		}
		if attempt.Again {
			attributes = append(attributes, slog.Duration("wait", attempt.Wait))
		}
		logger.LogAttrs(ctx, level, message, attributes...)
	}
}
