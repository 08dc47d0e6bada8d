package vastaisim

// showUser is the account. Of its two figures credit is what can be spent. The
// key comes along, as it does from the service: nobody may store it.
func (s *Sim) showUser(*call) (any, *refusal) {
	key := ""
	if len(s.keys) > 0 {
		key = s.keys[0].text
	}
	return row{
		"id": userID, "key_id": 118_204, "email": "renter@example.com", "username": "renter", "fullname": "A Renter", "sid": "user-301877",
		"balance": num(0), "credit": num(s.balance()), "ssh_key": key, "api_key": s.kit.APIKey(),
		"has_billing": true, "can_pay": true, "email_verified": true, "balance_threshold": num(0), "balance_threshold_enabled": false,
		"autobill_threshold": nil, "billaddress_country": "US", "paypal_email": nil, "host_only": false, "user_id": userID,
	}, nil
}
