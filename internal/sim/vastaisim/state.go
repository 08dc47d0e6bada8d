package vastaisim

// State is everything that exists now: what each noun shows, and the account's
// balance. Environments are shown.
func (s *Sim) State() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.kit.Now())
	billed := 0.0 // everything so far, objects that are gone included
	for _, c := range s.ledger() {
		billed += c.USD
	}
	state := s.nouns.State()
	state["balance"], state["hourly_usd"], state["billed_usd"] = s.balance(), s.nouns.Rate(), billed
	return state
}
