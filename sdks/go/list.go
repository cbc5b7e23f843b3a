package latchkey

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"latchkey.example/go/internal/exchange"
)

// Page is one page of a list.
type Page[T any] struct {
	// Data has the items of the page.
	Data []T `json:"data"`
	// NextCursor is for the next page; nil on the last.
	NextCursor *string `json:"nextCursor"`
	// Response is how the answer came.
	Response Response `json:"-"`
}

func (p *Page[T]) came(response Response) { p.Response = response }

// Items goes through a list, page by page, and yields each item or the error that ends it. With Go 1.23 and newer:
//
//	for key, err := range client.Keys.All(ctx, latchkey.KeyQuery{}) { ... }
//
// and before that by calling it with a function that answers whether to go on.
type Items[T any] func(yield func(T, error) bool)

func pageOf[T any](ctx context.Context, c *Client, path string, names []string, query url.Values) (*Page[T], error) {
	return read[Page[T]](ctx, c, outgoing{
		method: http.MethodGet, path: path, names: names, query: query, values: exchange.ReportValuesMax,
	})
}

// itemsOf reads the next page when the one before is through. A page that names as its next one that was there before ends
// the list with an error: it would have no end.
func itemsOf[T any](ctx context.Context, c *Client, path string, names []string, query url.Values) Items[T] {
	return func(yield func(T, error) bool) {
		var none T
		at := url.Values{}
		for name, values := range query {
			at[name] = values
		}
		seen := map[string]bool{at.Get("cursor"): true}
		for {
			page, err := pageOf[T](ctx, c, path, names, at)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Data {
				if !yield(item, nil) {
					return
				}
			}
			if page.NextCursor == nil || *page.NextCursor == "" {
				return
			}
			if seen[*page.NextCursor] {
				yield(none, fmt.Errorf("latchkey: GET %s: %w: %w", path, ErrMalformed, errEndless))
				return
			}
			seen[*page.NextCursor] = true
			at.Set("cursor", *page.NextCursor)
		}
	}
}

var errEndless = errors.New("the list does not end: a page names one as its next that was there before")
