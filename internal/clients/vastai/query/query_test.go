package query

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// ops abbreviates the filter of one field.
type ops = map[string]any

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       map[string]any
	}{
		{"nothing", " \n\t", map[string]any{}},
		{
			"the usual", "gpu_ram>=24 num_gpus=1 geolocation in [US,CA] reliability>0.98",
			map[string]any{
				"gpu_ram": ops{"gte": 24000.0}, "num_gpus": ops{"eq": 1.0}, "geolocation": ops{"in": []any{"US", "CA"}},
				"reliability": ops{"gt": 0.98},
			},
		},
		{"spaces around symbols", "gpu_ram  >=  24\n num_gpus == 2", map[string]any{"gpu_ram": ops{"gte": 24000.0}, "num_gpus": ops{"eq": 2.0}}},
		{
			"operators in words", "num_gpus gte 2 num_gpus lte 4 num_gpus neq 3 dph lt 1 dlperf gt 5 cpu_cores eq 8",
			map[string]any{
				"num_gpus": ops{"gte": 2.0, "lte": 4.0, "neq": 3.0}, "dph_total": ops{"lt": 1.0}, "dlperf": ops{"gt": 5.0},
				"cpu_cores": ops{"eq": 8.0},
			},
		},
		{
			"spellings of not", "geolocation notin [CN] gpu_name nin [L4] machine_id not in [1,2] host_id not eq 3 id != 4 dlperf <> 5",
			map[string]any{
				"geolocation": ops{"notin": []any{"CN"}}, "gpu_name": ops{"notin": []any{"L4"}}, "machine_id": ops{"notin": []any{1.0, 2.0}},
				"host_id": ops{"neq": 3.0}, "id": ops{"neq": 4.0}, "dlperf": ops{"neq": 5.0},
			},
		},
		{"underscores", "gpu_name=RTX_4090", map[string]any{"gpu_name": ops{"eq": "RTX 4090"}}},
		{"quotes", `gpu_name="RTX 3090 Ti" cpu_name="Intel_Xeon"`, map[string]any{"gpu_name": ops{"eq": "RTX 3090 Ti"}, "cpu_name": ops{"eq": "Intel Xeon"}}},
		{"list", `gpu_name in [RTX_4090, "RTX 3090" ,H100 SXM]`, map[string]any{"gpu_name": ops{"in": []any{"RTX 4090", "RTX 3090", "H100 SXM"}}}},
		{"a list of one without brackets", "geolocation in us", map[string]any{"geolocation": ops{"in": []any{"US"}}}},
		{"truth", "verified=True rented=false static_ip eq 1 datacenter!=0", map[string]any{
			"verified": ops{"eq": true}, "rented": ops{"eq": false}, "static_ip": ops{"eq": true}, "datacenter": ops{"neq": false},
		}},
		{"any removes", "verified=any rentable=* external == ?", map[string]any{"verified": nil, "rentable": nil, "external": nil}},
		{"any removes what went before", "num_gpus>=2 num_gpus=any", map[string]any{"num_gpus": nil}},
		{"and is set again", "num_gpus=any num_gpus>=2", map[string]any{"num_gpus": ops{"gte": 2.0}}},
		{"a quoted any is a value", `gpu_name="any"`, map[string]any{"gpu_name": ops{"eq": "any"}}},
		{"null", "cluster_id=null mobo_name!=None", map[string]any{"cluster_id": ops{"eq": nil}, "mobo_name": ops{"neq": nil}}},
		{"units", "gpu_total_ram>=80.5 cpu_ram>64 duration>=3.5 disk_space>100 gpu_ram_GB>=24", map[string]any{
			"gpu_total_ram": ops{"gte": 80500.0}, "cpu_ram": ops{"gt": 64000.0}, "duration": ops{"gte": 302400.0},
			"disk_space": ops{"gt": 100.0}, "gpu_ram_GB": ops{"gte": 24.0},
		}},
		{"no dust of binary fractions", "gpu_ram>=16.1 duration<0.7", map[string]any{"gpu_ram": ops{"gte": 16100.0}, "duration": ops{"lt": 60480.0}}},
		{"driver", "driver_version>=535.86.05", map[string]any{"driver_version": ops{"gte": 535086005.0}}},
		{"driver in part", "driver_vers<560 driver_version>535.86", map[string]any{"driver_version": ops{"lt": 560000000.0, "gt": 535086000.0}}},
		{"driver packed", "driver_version=535086005", map[string]any{"driver_version": ops{"eq": 535086005.0}}},
		{"a release keeps its zeros", "ubuntu_version>=20.10", map[string]any{"ubuntu_version": ops{"gte": "20.10"}}},
		{"aliases", "cuda_vers>=12.4 display_active=false dlperf_usd>1 flops_usd>2 gpu_totalram>=48 dphtotal<3", map[string]any{
			"cuda_max_good": ops{"gte": 12.4}, "gpu_display_active": ops{"eq": false}, "dlperf_per_dphtotal": ops{"gt": 1.0},
			"flops_per_dphtotal": ops{"gt": 2.0}, "gpu_total_ram": ops{"gte": 48000.0}, "dph_total": ops{"lt": 3.0},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(map[string]any(got), tt.want) {
				t.Errorf("got  %#v\nwant %#v", got, tt.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text     string
		position int
		message  string
	}{
		{"gpu_rma>=24", 1, `unknown field "gpu_rma": did you mean gpu_ram?`},
		{"num_gpus=1 reliabity>0.9", 12, "did you mean reliability?"},
		{"num_gpus=1 dp_total<1", 12, "did you mean dph_total?"},
		{"no_such_field=1", 1, `unknown field "no_such_field": the fields are those of`}, // not host_id
		{"gpu_name=RTX 4090", 14, "as in RTX_4090"},
		{">=24", 1, "a field is expected"},
		{"ünïcode=1", 1, "a field is expected"},
		{"gpu_ram", 8, "lacks an operator and a value"},
		{"gpu_ram ", 9, "lacks an operator and a value"},
		{"gpu_ram=>24", 8, `unknown operator "=>"`},
		{"gpu_ram ~ 24", 9, `unknown operator "~"`},
		{"gpu_ram is 24", 9, `unknown operator "is"`},
		{"gpu_ram not 24", 9, `unknown operator "not"`},
		{"gpu_ram (24)", 9, "is no operator"},
		{"gpu_ram>=", 10, "the value of gpu_ram is missing"},
		{"gpu_ram >= num_gpus=1", 12, `"num gpus=1" is not a number`},
		{"num_gpus = = 1", 12, "the value of num_gpus is missing"},
		{"gpu_ram>=24GB", 10, `gpu_ram: "24GB" is not a number`},
		{"gpu_ram>=nan", 10, "is not a number"},
		{"gpu_ram>=1e307", 10, "is not a number"},
		{"geolocation in [US,CA", 16, "the bracket that opens here is not closed"},
		{"geolocation in [US,", 16, "the bracket that opens here is not closed"},
		{"geolocation in [US,[CA]", 20, "an element of the list is missing"},
		{"geolocation in []", 16, "the list is empty"},
		{"geolocation in [US,,CA]", 20, "an element of the list is missing"},
		{"geolocation in [US,CA,]", 23, "an element of the list is missing"},
		{"geolocation in [US]x", 20, "a space is expected"},
		{"geolocation=US]", 15, `"]" without its counterpart`},
		{"geolocation=[US,CA]", 13, "a list goes with in and notin only"},
		{"geolocation=Texas", 13, "is not the two-letter code of a country"},
		{"geolocation=UK", 13, `use "GB" for United Kingdom`},
		{"geolocation in [US,usa]", 20, `use "US"`},
		{"geolocation in [EU]", 17, "EU is a group of countries: list them"},
		{"geolocation>US", 12, `geolocation cannot be compared with "gt"`},
		{"georegion=true", 1, "list the countries"},
		{`gpu_name="RTX 4090`, 10, "the quote that opens here is not closed"},
		{`gpu_name=RTX"4090`, 13, `"\"" without its counterpart`},
		{`gpu_name=""`, 10, "the value is empty"},
		{`gpu_name="RTX"4090`, 15, "a space is expected"},
		{"verified=yes", 10, "is neither true nor false"},
		{"verified>=1", 9, `verified cannot be compared with "gte"`},
		{"verified!=any", 11, "goes with = only"},
		{"num_gpus>null", 10, "can only be compared with = and !="},
		{"num_gpus>=2 num_gpus gte 4", 22, `num_gpus has "gte" already`},
		{"driver_version>535.86.05.1", 16, "is not a driver version"},
		{"driver_version>535.1086", 16, "is not a driver version"},
		{`disk_name="naïve" gpu_rma=1`, 19, "unknown field"}, // positions count characters, not bytes
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := Parse(tt.text)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %v, %v, want a *SyntaxError", got, err)
			}
			if syntax.Position != tt.position || !strings.Contains(err.Error(), tt.message) {
				t.Errorf("got  %v\nwant character %d: … %s …", err, tt.position, tt.message)
			}
		})
	}
}

// FuzzParse: whatever the text, Parse returns what can be sent, or a mistake that
// lies within the text.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "gpu_ram>=24 num_gpus=1 geolocation in [US,CA] reliability>0.98", `gpu_name="RTX 4090"`, "verified=any", "a not", "num_gpus not in [",
		"[", `"`, "gpu_ram>=\x00", "gpu_ram>=1e400", "duration>=1e303", "driver_version>9999999999999999999", "geolocation in [\u00df]", "ı=1", "num_gpus=\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		filters, err := Parse(text)
		if err == nil {
			if _, err := json.Marshal(filters); err != nil {
				t.Errorf("%q: cannot be sent: %v", text, err)
			}
			return
		}
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Message == "" {
			t.Fatalf("%q: %v is no *SyntaxError with a message", text, err)
		}
		if syntax.Position < 1 || syntax.Position > utf8.RuneCountInString(text)+1 {
			t.Errorf("%q: position %d", text, syntax.Position)
		}
	})
}
