package openrouter

import (
	"context"
	"net/http"

	"latchkey.example/go/openrouter/models/operations"
)

// Credits shows how much money there is.
type Credits struct{ settings *settings }

// GetCredits shows what was used, and what may still be used, in USD. The caller must be allowed to list keys.
func (c *Credits) GetCredits(
	ctx context.Context, opts ...operations.Option,
) (*operations.GetCreditsResponse, error) {
	op := operation{method: http.MethodGet, path: "/credits", success: 200, failures: []int{401, 403, 500}}
	return call(ctx, c.settings, op, opts, checkCredits)
}
