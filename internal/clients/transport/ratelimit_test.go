package transport

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseLimits(t *testing.T) {
	t.Parallel()
	type params = map[string]int
	tests := []struct {
		name   string
		values []string
		want   map[string]params
	}{
		{"none", nil, map[string]params{}},
		{"empty", []string{""}, map[string]params{}},
		{
			"as documented",
			[]string{`"minute";r=0;t=12, "hour";r=2800;t=1812, "day";r=49500;t=45012`},
			map[string]params{"minute": {"r": 0, "t": 12}, "hour": {"r": 2800, "t": 1812}, "day": {"r": 49500, "t": 45012}},
		},
		{
			"several lines",
			[]string{`"minute";r=1`, `"hour";r=2`},
			map[string]params{"minute": {"r": 1}, "hour": {"r": 2}},
		},
		{
			"other order, blanks, tokens and unknown parameters",
			[]string{`hour ; pk=:abc=: ; T=9; r=3 ;x`},
			map[string]params{"hour": {"t": 9, "r": 3}},
		},
		{
			"separators in quotes",
			[]string{`"a,b;c\"d";r=1;note="x;r=9,y"`},
			map[string]params{`a,b;c\"d`: {"r": 1}},
		},
		{"quoted number", []string{`"minute";r="4"`}, map[string]params{"minute": {"r": 4}}},
		{"below zero", []string{`"minute";r=-4`}, map[string]params{"minute": {"r": 0}}},
		{"no numbers", []string{`"minute";r=many;t=`, `;r=1`, `" ";r=1`, `,`}, map[string]params{"minute": {}}},
		{"open quote", []string{`"minute;r=1,x`}, map[string]params{"minute;r=1,x": {}}},
	}
	for _, test := range tests {
		got := map[string]params{}
		for _, l := range parseLimits(test.values) {
			got[l.name] = l.params
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func FuzzParseLimits(f *testing.F) {
	f.Add(`"minute";r=0;t=12, "hour";r=2800;t=1812`)
	f.Add(`"a\`)
	f.Add(`;=,;;"`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range parseLimits([]string{text}) {
			if l.name == "" {
				t.Errorf("a limit without a name: %+v", l)
			}
			if d, _ := l.duration("t"); d < 0 {
				t.Errorf("a negative duration: %v", d)
			}
		}
	})
}
