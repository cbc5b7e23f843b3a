package latchkey

import (
	"context"
	"net/http"
	"net/url"

	"latchkey.example/go/internal/exchange"
)

const usagePath = "/v2/usage"

// UsageClient records spending that happened elsewhere, and adds all spending up.
type UsageClient struct{ client *Client }

// Report records up to 1,000 events, all durable when it answers. An id counts once per key, so a call that failed may be
// repeated.
func (u *UsageClient) Report(ctx context.Context, events []UsageEvent) (*UsageReported, error) {
	return read[UsageReported](ctx, u.client, outgoing{method: http.MethodPost, path: usagePath, body: ReportUsage{Events: events}})
}

// Correct takes back what was recorded by mistake, all or part of one event, in the windows of that event. It needs a key of
// an ADMIN or ROOT. An id counts once per key, so a call that failed may be repeated.
func (u *UsageClient) Correct(ctx context.Context, body CorrectUsage) (*UsageCorrection, error) {
	return read[UsageCorrection](ctx, u.client, outgoing{method: http.MethodPost, path: usagePath + "/corrections", body: body})
}

// Summarise has one row per interval and group, and one more, with Correction set, where something was taken back.
func (u *UsageClient) Summarise(ctx context.Context, query UsageQuery) ([]UsageRow, error) {
	report, err := read[UsageReport](ctx, u.client, outgoing{
		method: http.MethodGet, path: usagePath, query: query.values(), values: exchange.ReportValuesMax,
	})
	if err != nil {
		return nil, err
	}
	return report.Data, nil
}

// Event reads what was recorded of one event of a key, by its id; nil where nothing was, or is kept no more.
func (u *UsageClient) Event(ctx context.Context, keyID, id string) (*RecordedEvent, error) {
	found, err := read[RecordedEvents](ctx, u.client, outgoing{
		method: http.MethodGet, path: usagePath + "/events", query: url.Values{"keyId": {keyID}, "id": {id}},
	})
	if err != nil || len(found.Data) == 0 {
		return nil, err
	}
	return &found.Data[0], nil
}
