package vastaisim

import "net/http"

func (s *Sim) accountNoun() noun {
	return noun{Routes: []route{
		on(http.MethodGet, "/api/v0/users/current", "showUser", s.showUser),
		on(http.MethodGet, "/api/v0/users/spend-rate", "getUserSpendRate", s.spendRate),
	}}
}

// showUser is the account. Of its two figures credit is what can be spent. The
// key comes along, as it does from the service: nobody may store it.
func (s *Sim) showUser(*call) (any, *refusal) {
	key := ""
	if keys := s.keys.All(); len(keys) > 0 {
		key = keys[0].text
	}
	return row{
		"id": userID, "key_id": 118_204, "email": "renter@example.com", "username": "renter", "fullname": "A Renter", "sid": "user-301877",
		"balance": num(0), "credit": num(s.balance()), "ssh_key": key, "api_key": s.kit.APIKey(),
		"has_billing": true, "can_pay": true, "email_verified": true, "balance_threshold": num(0), "balance_threshold_enabled": false,
		"autobill_threshold": nil, "billaddress_country": "US", "paypal_email": nil, "host_only": false, "user_id": userID,
	}, nil
}

// spendRate is what the account burns per hour now.
func (s *Sim) spendRate(*call) (any, *refusal) {
	gpu, container, volumes := 0.0, 0.0, 0.0
	for _, i := range s.instances.All() {
		compute, disk := i.rates()
		gpu, container = gpu+compute, container+disk
	}
	for _, v := range s.volumes.All() {
		volumes += v.meter.Rate()
	}
	return row{
		"success": true, "gpu_cost_per_hour": num(gpu), "container_storage_cost_per_hour": num(container),
		"volume_storage_cost_per_hour": num(volumes), "has_active_resources": s.instances.Len()+s.volumes.Len() > 0,
	}, nil
}
