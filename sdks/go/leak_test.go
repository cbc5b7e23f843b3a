package latchkey_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey.example/go"
	"latchkey.example/go/internal/exchange"
	"latchkey.example/go/openrouter"
	"latchkey.example/go/openrouter/models/operations"
)

const workers = 64

// countingClient is an HTTP client with the default settings and a pool of its own, which counts the connections it opens.
func countingClient(dials *atomic.Int64) *http.Client {
	return &http.Client{Transport: countingTransport(dials)}
}

func countingTransport(dials *atomic.Int64) *http.Transport {
	transport := exchange.NewTransport()
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return dial(ctx, network, address)
	}
	return transport
}

// inUse is what a process has open.
type inUse struct{ goroutines, files int }

func inUseNow() inUse {
	// Reading the folder is itself one open file, each time alike. Where there is none, nothing is counted.
	files, _ := os.ReadDir("/proc/self/fd")
	return inUse{runtime.NumGoroutine(), len(files)}
}

// comesBack waits until no more is in use than before, and fails when that takes too long.
func comesBack(t *testing.T, before inUse) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for now := inUseNow(); ; now = inUseNow() {
		if now.goroutines <= before.goroutines && now.files <= before.files {
			t.Logf("before %+v, after %+v", before, now)
			return
		}
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("before %+v, after %+v\n%s", before, now, stacks[:runtime.Stack(stacks, true)])
		}
		time.Sleep(time.Millisecond)
	}
}

// spread makes the calls on all workers at once and answers how many ran at the same time at most.
func spread(calls int, call func(number int)) int64 {
	var next, running, most atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			for number := next.Add(1); number <= int64(calls); number = next.Add(1) {
				now := running.Add(1)
				for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
				}
				call(int(number))
				running.Add(-1)
			}
		}()
	}
	group.Wait()
	return most.Load()
}

func TestNothingIsLeftBehindWhateverHappens(t *testing.T) {
	latchkey.New().CloseIdleConnections()
	before := inUseNow()
	var turn atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The server sees that its client has gone only once the body is read.
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		switch turn.Add(1) % 6 {
		case 0:
			<-r.Context().Done()
		case 1:
			panic(http.ErrAbortHandler)
		case 2:
			w.Header().Set("Retry-After-Ms", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 3:
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"half":`)
		case 4:
			fmt.Fprint(w, strings.Repeat(" ", 200_000), `nonsense`)
		default:
			fmt.Fprint(w, `{"valid":false,"code":"NOT_FOUND"}`)
		}
	}))
	var dials, answers, errors atomic.Int64
	sdk := openrouter.New(openrouter.WithServerURL(server.URL), openrouter.WithClient(countingClient(&dials)), openrouter.WithTimeout(30*time.Millisecond))
	most := spread(1500, func(number int) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(5+number%40)*time.Millisecond)
		defer cancel()
		var err error
		if number%2 == 0 {
			_, err = sdk.Latchkey.Verify(ctx, latchkey.VerifyRequest{Key: "k"})
		} else {
			_, err = sdk.APIKeys.Get(ctx, "h")
		}
		if err == nil {
			answers.Add(1)
		} else {
			errors.Add(1)
		}
	})
	t.Logf("1500 calls, %d at once: %d requests, %d answers, %d errors, %d connections", most, turn.Load(), answers.Load(), errors.Load(), dials.Load())
	if answers.Load() == 0 || errors.Load() == 0 || most < workers/2 {
		t.Error("the calls had no chance to leak")
	}
	sdk.Latchkey.CloseIdleConnections()
	server.Close()
	comesBack(t, before)
}

func TestAClosedClientLeavesNoConnectionAndCanBeUsedAgain(t *testing.T) {
	latchkey.New().CloseIdleConnections()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"valid":false,"code":"NOT_FOUND","data":{"hash":"h"}}`)
	}))
	defer server.Close()
	var dials atomic.Int64
	before := inUseNow()
	var closer io.Closer = openrouter.New(openrouter.WithServerURL(server.URL), openrouter.WithClient(countingClient(&dials)))
	sdk := closer.(*openrouter.OpenRouter)
	for round := range int64(3) {
		_, err1 := sdk.Latchkey.Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
		_, err2 := sdk.APIKeys.Get(context.Background(), "h")
		if err := closer.Close(); err != nil || err1 != nil || err2 != nil || dials.Load() != round+1 {
			t.Errorf("%v, %v, %v, %d connections", err, err1, err2, dials.Load())
		}
	}
	comesBack(t, before)
}

// How many connections a pool opens depends on the moment: net/http dials while it waits for one that comes free, and keeps
// what it dialled in vain. So they are opened first, one for each worker by answers that are held until all have theirs.
// From then on whoever needs a connection finds one, unless it was not kept.
func TestTenThousandCallsOfTheRealServerLeakNothing(t *testing.T) {
	calls := 10_000
	if testing.Short() {
		calls = 1_000
	}
	bench := benchURL(t)
	var live stage
	ask(t, http.MethodPost, bench+"/live", struct{}{}, &live)
	http.DefaultClient.CloseIdleConnections()
	latchkey.New().CloseIdleConnections()
	before := inUseNow()
	var dials atomic.Int64
	pool := &gatheringTransport{Transport: countingTransport(&dials)}
	sdk := openrouter.New(
		openrouter.WithServerURL(live.URL+"/api/v1"), openrouter.WithSecurity(live.Values["secret:root"].(string)),
		openrouter.WithClient(&http.Client{Transport: pool}),
	)
	created, err := sdk.APIKeys.Create(context.Background(), operations.CreateKeysRequest{Name: "load"})
	if err != nil {
		t.Fatal(err)
	}
	everyWorkerHoldsAConnectionAtOnce(t, sdk, created, pool, &dials)
	callsOpenFewConnections(t, sdk, created, calls, &dials)
	sdk.Latchkey.CloseIdleConnections()
	comesBack(t, before)
	var ended struct{ Errors []string }
	ask(t, http.MethodDelete, fmt.Sprintf("%s/live/%d", bench, live.ID), nil, &ended)
	if len(ended.Errors) > 0 {
		t.Error(ended.Errors)
	}
}

// gatheringTransport holds the answers of a round until as many have come as there are workers.
type gatheringTransport struct {
	*http.Transport
	round atomic.Pointer[gathering]
}

type gathering struct {
	come atomic.Int64
	all  chan struct{}
}

func (pool *gatheringTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := pool.Transport.RoundTrip(request)
	if round := pool.round.Load(); round != nil {
		if round.come.Add(1) == workers {
			close(round.all)
		}
		// The connection is in use until the body is read, which is after this.
		select {
		case <-round.all:
		case <-request.Context().Done():
		}
	}
	return response, err
}

// everyWorkerHoldsAConnectionAtOnce lets all workers call at once, until a round opens no connection. A pool that keeps fewer
// than it had in use opens some in every round. A single one may be lost to the moment: net/http gives up a connection when a
// starved process notices the answer 50 ms before it notices that the request was written.
func everyWorkerHoldsAConnectionAtOnce(
	t *testing.T, sdk *openrouter.OpenRouter, created *operations.CreateKeysResponse, pool *gatheringTransport, dials *atomic.Int64,
) {
	t.Helper()
	defer pool.round.Store(nil)
	for round := range 20 {
		opened := dials.Load()
		pool.round.Store(&gathering{all: make(chan struct{})})
		spread(workers, func(number int) {
			if err := oneCall(sdk, created, number%2 == 0); err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		})
		if dials.Load() == opened {
			t.Logf("round %d of %d calls at once opened no connection, those before it %d", round, workers, opened)
			return
		}
	}
	t.Errorf("each of 20 rounds of %d calls at once opened connections, %d in all: they are not kept", workers, dials.Load())
}

func callsOpenFewConnections(
	t *testing.T, sdk *openrouter.OpenRouter, created *operations.CreateKeysResponse, calls int, dials *atomic.Int64,
) {
	t.Helper()
	var failures atomic.Int64
	var first atomic.Value
	opened, begun := dials.Load(), time.Now()
	most := spread(calls, func(number int) {
		if err := oneCall(sdk, created, number%2 == 0); err != nil && failures.Add(1) == 1 {
			first.Store(err)
		}
	})
	took := time.Since(begun)
	opened = dials.Load() - opened
	t.Logf("%d calls by %d workers, %d at once at most, in %.1f s: %.0f a second, %d failures, %d connections opened",
		calls, workers, most, took.Seconds(), float64(calls)/took.Seconds(), failures.Load(), opened)
	if failures.Load() > 0 {
		t.Errorf("%d calls failed, the first one with: %v", failures.Load(), first.Load())
	}
	// None, but for those that a starved process gives up.
	if opened > workers || most < workers/2 {
		t.Errorf("%d more connections for %d workers, %d at once", opened, workers, most)
	}
}

func oneCall(sdk *openrouter.OpenRouter, created *operations.CreateKeysResponse, verify bool) error {
	if verify {
		verdict, err := sdk.Latchkey.Verify(context.Background(), latchkey.VerifyRequest{Key: created.Key})
		if err == nil && !verdict.Valid {
			err = fmt.Errorf("refused with %s", verdict.Code)
		}
		return err
	}
	got, err := sdk.APIKeys.Get(context.Background(), created.Data.Hash)
	if err == nil && got.Data.Hash != created.Data.Hash {
		err = fmt.Errorf("another key: %s", got.Data.Hash)
	}
	return err
}
