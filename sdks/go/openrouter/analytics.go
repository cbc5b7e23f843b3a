package openrouter

import (
	"context"
	"net/http"
	"net/url"

	"latchkey.example/go/internal/exchange"
	"latchkey.example/go/openrouter/models/components"
	"latchkey.example/go/openrouter/models/operations"
)

// Analytics reports usage.
type Analytics struct{ settings *settings }

// GetUserActivity adds up the usage of each of the last 30 completed UTC days by model, endpoint and provider, newest
// first. Nil arguments leave nothing out: date is one day such as "2026-08-24", apiKeyHash one key, userID one user, and
// workspaceID one workspace; groupBy splits each row by workspace. The caller must be allowed to list keys.
func (a *Analytics) GetUserActivity(
	ctx context.Context, date *string, apiKeyHash *string, userID *string, groupBy *operations.GroupBy, workspaceID *string,
	opts ...operations.Option,
) (*components.ActivityResponse, error) {
	query := url.Values{}
	for name, value := range map[string]*string{
		"date": date, "api_key_hash": apiKeyHash, "user_id": userID, "group_by": (*string)(groupBy), "workspace_id": workspaceID,
	} {
		if value != nil {
			query.Set(name, *value)
		}
	}
	op := operation{
		method: http.MethodGet, path: withQuery("/activity", query), valuesMax: exchange.ReportValuesMax,
		success: 200, failures: []int{400, 401, 403, 404, 500},
	}
	return call(ctx, a.settings, op, opts, checkActivity)
}

func withQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}
