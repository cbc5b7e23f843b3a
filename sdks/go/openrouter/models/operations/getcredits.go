package operations

import (
	"encoding/json"
	"errors"
)

// GetCreditsData is how much money there is, in USD.
type GetCreditsData struct {
	// TotalCredits is TotalUsage and what the limits on all time still allow; the same as TotalUsage without such limits.
	TotalCredits float64 `json:"total_credits"`
	// TotalUsage is all that was spent within reach of the caller.
	TotalUsage float64 `json:"total_usage"`
}

// GetTotalCredits is TotalCredits, and 0 for nil.
func (d *GetCreditsData) GetTotalCredits() float64 { return orZero(d).TotalCredits }

// GetTotalUsage is TotalUsage, and 0 for nil.
func (d *GetCreditsData) GetTotalUsage() float64 { return orZero(d).TotalUsage }

// GetCreditsResponse is the answer of GetCredits.
type GetCreditsResponse struct {
	// Data is how much money there is.
	Data GetCreditsData `json:"data"`
}

// GetData is Data, and zero for nil.
func (r *GetCreditsResponse) GetData() GetCreditsData { return orZero(r).Data }

// UnmarshalJSON fails for an answer without any amount: nothing left is something else.
func (r *GetCreditsResponse) UnmarshalJSON(data []byte) error {
	var answer struct {
		Data struct {
			TotalCredits *float64 `json:"total_credits"`
			TotalUsage   *float64 `json:"total_usage"`
		} `json:"data"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return err
	}
	if answer.Data.TotalCredits == nil && answer.Data.TotalUsage == nil {
		return errors.New("neither total_credits nor total_usage is there")
	}
	r.Data = GetCreditsData{TotalCredits: *orZero(answer.Data.TotalCredits), TotalUsage: *orZero(answer.Data.TotalUsage)}
	return nil
}
