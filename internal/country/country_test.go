package country_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/country"
)

// TestCheck: a code that is none is refused with the right one.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"US", "GB", "KR", "TR", "MD", "PK", "XK", "EU", "EEA"} {
		if err := country.Check(good); err != nil {
			t.Errorf("%s is refused: %v", good, err)
		}
	}
	for text, code := range map[string]string{
		"UK": "GB", "USA": "US", "usa": "US", "us": "US", "DEU": "DE", "Germany": "DE", "Germny": "DE", "EL": "GR", "eu": "EU",
		"Republic of Korea": "KR", "ZZ": "", "": "", "QQQ": "", "Atlantis 7": "",
	} {
		err := country.Check(text)
		var unknown *country.UnknownError
		if !errors.As(err, &unknown) || unknown.Code != code || code != "" && !strings.Contains(err.Error(), `use "`+code+`"`) {
			t.Errorf("Check(%q) = %v; want the code %q", text, err, code)
		}
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	union, area := country.Expand([]string{"EU"}), country.Expand([]string{"EEA"})
	if len(union) != 27 || len(area) != 30 || slices.Contains(union, "NO") || slices.Contains(union, "GB") || !slices.Contains(area, "NO") {
		t.Errorf("EU %d: %v\nEEA %d: %v", len(union), union, len(area), area)
	}
	for _, code := range area {
		if err := country.Check(code); err != nil {
			t.Errorf("a member is no country: %v", err)
		}
	}
	if got := country.Expand([]string{"DE", "EU", "US", "DE"}); len(got) != 28 || got[0] != "DE" || got[27] != "US" {
		t.Errorf("DE, EU, US: %v", got)
	}
}

func TestOfPlace(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]string{
		"Texas, US": "US", ", US": "US", "California, United States": "US", "The Netherlands, NL": "NL", "Seoul, Republic of Korea": "KR",
		"Istanbul, Türkiye": "TR", "Chisinau, Moldova": "MD", "Lahore, Pakistan": "PK", "Praha, Czech Republic": "CZ", "London, UK": "GB",
		"Hong Kong": "HK", "Québec, CA": "CA", "Viet Nam": "VN", "Hesse, The Federal Republic": "", "": "", ",": "", "Mars, ZZ": "",
	} {
		if got, ok := country.OfPlace(place); got != want || ok != (want != "") {
			t.Errorf("OfPlace(%q) = %q, %v; want %q", place, got, ok, want)
		}
	}
}

func TestOfDataCenter(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"US-TX-3": "US", "CA-MTL-1": "CA", "EU-RO-1": "RO", "EUR-IS-2": "IS", "EUR-NO-1": "NO", "AP-JP-1": "JP", "AP-IN-2": "IN", "OC-AU-1": "AU",
		"EU-1": "", "XX-RO-1": "", "EU-QQ-1": "", "": "",
	} {
		if got, ok := country.OfDataCenter(id); got != want || ok != (want != "") {
			t.Errorf("OfDataCenter(%q) = %q, %v; want %q", id, got, ok, want)
		}
	}
}
