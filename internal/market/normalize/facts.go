package normalize

import (
	"strings"

	vastai "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

// country is the two-letter code at the end of a place: "Texas, US", ", US",
// "California, United States". Nil when the place tells none.
func country(place string) *string {
	last := strings.TrimSpace(place[strings.LastIndexByte(place, ',')+1:])
	if len(last) == 2 && isLetter(last[0]) && isLetter(last[1]) {
		code := strings.ToUpper(last)
		return &code
	}
	if code, ok := countryCode(strings.ToLower(strings.TrimPrefix(last, "The "))); ok {
		return &code
	}
	return nil
}

func isLetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

// countryCode is the code of a country where hosts are common, by its lower-case
// English name: the platform mostly sends codes, but not always.
func countryCode(name string) (code string, ok bool) {
	code, ok = map[string]string{
		"united states": "US", "usa": "US", "canada": "CA", "mexico": "MX", "brazil": "BR", "argentina": "AR", "chile": "CL",
		"united kingdom": "GB", "ireland": "IE", "france": "FR", "germany": "DE", "netherlands": "NL", "belgium": "BE",
		"luxembourg": "LU", "switzerland": "CH", "austria": "AT", "italy": "IT", "spain": "ES", "portugal": "PT", "norway": "NO",
		"sweden": "SE", "finland": "FI", "denmark": "DK", "iceland": "IS", "poland": "PL", "czechia": "CZ", "czech republic": "CZ",
		"slovakia": "SK", "slovenia": "SI", "hungary": "HU", "romania": "RO", "bulgaria": "BG", "greece": "GR", "croatia": "HR",
		"serbia": "RS", "estonia": "EE", "latvia": "LV", "lithuania": "LT", "ukraine": "UA", "russia": "RU", "turkey": "TR",
		"israel": "IL", "united arab emirates": "AE", "saudi arabia": "SA", "kazakhstan": "KZ", "india": "IN", "china": "CN",
		"hong kong": "HK", "taiwan": "TW", "japan": "JP", "south korea": "KR", "korea": "KR", "vietnam": "VN", "thailand": "TH",
		"malaysia": "MY", "singapore": "SG", "indonesia": "ID", "philippines": "PH", "australia": "AU", "new zealand": "NZ",
		"south africa": "ZA",
	}[name]
	return code, ok
}

// leastDriver is the smallest number that can only be a driver's: CUDA is at 13.
const leastDriver = 100

// cuda is the latest CUDA version that the driver supports. Some hosts report the
// driver's number in its place; the branches and their CUDA versions are NVIDIA's.
func cuda(maxGood *vastai.Float) *float64 {
	if maxGood == nil || *maxGood < leastDriver {
		return scaled(maxGood, 1)
	}
	for _, branch := range []struct{ driver, cuda float64 }{
		{595, 13.2},
		{590, 13.1},
		{580, 13.0},
		{575, 12.9},
		{570, 12.8},
		{565, 12.7},
		{560, 12.6},
		{555, 12.5},
		{550, 12.4},
		{545, 12.3},
		{535, 12.2},
		{530, 12.1},
		{525, 12.0},
		{520, 11.8},
	} {
		if float64(*maxGood) >= branch.driver {
			return &branch.cuda
		}
	}
	return nil
}
