package latchkey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

// Drives this SDK through the table of wire cases that all SDKs share (docs/sdk-cases.md).

const (
	benchVariable = "LATCHKEY_SDK_BENCH"
	closedURL     = "http://127.0.0.1:1"
	// A call that has not ended by then never will.
	stepTimeout = 15 * time.Second
)

type wireCase struct {
	Name    string
	Surface string
	SDKs    []string
	Live    bool
	Server  string
	Options caseOptions
	Steps   []step
}

type caseOptions struct {
	TimeoutMs int
	Retry     *struct{ InitialMs, MaxMs, MaxElapsedMs int }
}

type step struct {
	Call          string
	As            json.RawMessage
	With          any
	CancelAfterMs int
	Result        any
	Error         map[string]any
}

type stage struct {
	URL    string
	Values values
	ID     int
}

// benchURL skips the test, loudly, where nothing serves it.
func benchURL(t *testing.T) string {
	t.Helper()
	url := os.Getenv(benchVariable)
	if url == "" {
		skipLoudly(t)
	}
	return url
}

var loud sync.Once

func skipLoudly(t *testing.T) {
	t.Helper()
	loud.Do(func() {
		fmt.Fprintf(os.Stderr, "!! SKIPPED: the wire cases and the load test need the bench. Run: npm run test:sdks\n")
	})
	t.Skipf("%s is not set. Run: npm run test:sdks", benchVariable)
}

func TestTheTableOfWireCases(t *testing.T) {
	bench := benchURL(t)
	var table struct{ Cases []wireCase }
	ask(t, http.MethodGet, bench+"/cases", nil, &table)
	ran := 0
	for _, each := range table.Cases {
		if _, mine := surfaces[each.Surface]; !mine || (each.SDKs != nil && !slices.Contains(each.SDKs, "go")) {
			continue
		}
		ran++
		t.Run(each.Name+" (recorded)", func(t *testing.T) {
			t.Parallel()
			runRecorded(t, bench, each)
		})
		if each.Live {
			t.Run(each.Name+" (live)", func(t *testing.T) {
				t.Parallel()
				runLive(t, bench, each)
			})
		}
	}
	t.Logf("%d of the table's %d cases are for this SDK", ran, len(table.Cases))
	if ran < 40 {
		t.Errorf("only %d cases were found", ran)
	}
}

func runRecorded(t *testing.T, bench string, each wireCase) {
	var at stage
	ask(t, http.MethodPost, bench+"/recorded", map[string]string{"case": each.Name}, &at)
	if each.Server == "closed" {
		at.URL = closedURL
		runSteps(t, at, each)
		return
	}
	runSteps(t, at, each)
	var verdict struct{ Differences []string }
	ask(t, http.MethodGet, at.URL+"/verdict", nil, &verdict)
	for _, difference := range verdict.Differences {
		t.Error(difference)
	}
}

func runLive(t *testing.T, bench string, each wireCase) {
	var at stage
	ask(t, http.MethodPost, bench+"/live", struct{}{}, &at)
	runSteps(t, at, each)
	var ended struct{ Errors []string }
	ask(t, http.MethodDelete, fmt.Sprintf("%s/live/%d", bench, at.ID), nil, &ended)
	for _, fault := range ended.Errors {
		t.Error("the server: ", fault)
	}
}

// runSteps makes the calls in order, and stops at the first that is not as expected: later ones build on it.
func runSteps(t *testing.T, at stage, each wireCase) {
	for index, step := range each.Steps {
		problems := runStep(t, at, each, step)
		for _, problem := range problems {
			t.Errorf("step %d, %s: %s", index+1, step.Call, problem)
		}
		if len(problems) > 0 {
			return
		}
	}
}

func runStep(t *testing.T, at stage, each wireCase, step step) []string {
	ctx, cancel := context.WithTimeout(context.Background(), stepTimeout)
	defer cancel()
	if step.CancelAfterMs > 0 {
		defer time.AfterFunc(time.Duration(step.CancelAfterMs)*time.Millisecond, cancel).Stop()
	}
	surface := surfaces[each.Surface]
	result, err := surface.call(ctx, connection{at.URL, credential(t, step, at.Values), each.Options}, step.Call, inputOf(t, at.Values.fill(step.With)))
	if step.Error == nil {
		if err != nil {
			return []string{fmt.Sprintf("failed: %T: %v", err, err)}
		}
		return at.Values.differences(step.Result, wireForm(t, result), "result")
	}
	if err == nil {
		return []string{fmt.Sprintf("returned %+v, expected a failure", result)}
	}
	seen := surface.failure(err)
	named := map[string]any{}
	for name := range step.Error {
		named[name] = seen[name]
	}
	problems := at.Values.differences(any(step.Error), wireForm(t, named), "error")
	if len(problems) > 0 {
		problems = append(problems, fmt.Sprintf("it was %T: %v", err, err))
	}
	return problems
}

func credential(t *testing.T, step step, known values) string {
	if step.As == nil {
		return known.fill("<secret:root>").(string)
	}
	var as *string
	if err := json.Unmarshal(step.As, &as); err != nil {
		t.Fatal(err)
	}
	if as == nil {
		return ""
	}
	return known.fill(*as).(string)
}

// wireForm is what a value is on the wire. Where a time has whole milliseconds, the server writes three decimals.
func wireForm(t *testing.T, value any) any {
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var wire any
	if err := json.Unmarshal(text, &wire); err != nil {
		t.Fatal(err)
	}
	return withMilliseconds(wire)
}

func withMilliseconds(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			value[name] = withMilliseconds(member)
		}
	case []any:
		for index, item := range value {
			value[index] = withMilliseconds(item)
		}
	case string:
		if at, err := time.Parse(time.RFC3339Nano, value); err == nil && at.Nanosecond()%int(time.Millisecond) == 0 {
			return at.Format("2006-01-02T15:04:05.000Z07:00")
		}
	}
	return value
}

// ask calls the bench itself.
func ask(t *testing.T, method, url string, body, answer any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, url, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", method, url, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		t.Fatal(err)
	}
}
