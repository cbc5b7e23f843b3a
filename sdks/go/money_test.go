package latchkey

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"
)

func TestAnAmountIsExactBothWays(t *testing.T) {
	for text, nano := range map[USD]int64{
		"0": 0, "74.5": 74_500_000_000, "0.000000001": 1, "-0.25": -250_000_000, "1000000000": 1e18, "007.10": 7_100_000_000,
		"9223372036.854775807": math.MaxInt64, "-9223372036.854775808": math.MinInt64,
	} {
		if got, err := text.Nano(); got != nano || err != nil {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []USD{"", "-", ".", "1.", ".5", "1e3", "+1", " 1", "1,5", "0.0000000001", "9223372036.854775808", "--1", "1.2.3", "NaN", "0x1", "٣"} {
		if nano, err := text.Nano(); err == nil {
			t.Errorf("%q is %d", text, nano)
		}
	}
	for range 20_000 {
		nano := rand.Int64() >> rand.IntN(64)
		if rand.IntN(2) == 0 {
			nano = -nano - 1
		}
		text := USDFromNano(nano)
		back, err := text.Nano()
		exact, ok := new(big.Rat).SetString(string(text))
		if err != nil || back != nano || !ok || exact.Cmp(big.NewRat(nano, 1e9)) != 0 {
			t.Fatalf("%d is %s is %d, %v", nano, text, back, err)
		}
	}
	for nano, text := range map[int64]USD{0: "0", 74_500_000_000: "74.5", 1: "0.000000001", -1: "-0.000000001", math.MinInt64: "-9223372036.854775808"} {
		if got := USDFromNano(nano); got != text {
			t.Errorf("%d is %s", nano, got)
		}
	}
}

func TestADurationIsOneOfGo(t *testing.T) {
	for text, want := range map[Duration]time.Duration{"0s": 0, "30s": 30 * time.Second, "15m": 15 * time.Minute, "24h": 24 * time.Hour, "3650d": 87600 * time.Hour} {
		if got, err := text.Duration(); got != want || err != nil {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []Duration{"", "s", "5", "5ms", "1.5h", "-1s", "1w", "999999999999d", "99999999999999999999s"} {
		if got, err := text.Duration(); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
