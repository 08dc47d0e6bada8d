package wire

// User is the account; its api_key is not decoded.
type User struct {
	ID int64 `json:"id"`
	// Credit is the spendable balance in USD.
	Credit *Float `json:"credit"`
	// Balance is another figure of the platform's.
	Balance *Float `json:"balance"`
}

// SSHKey is a public key of the account or of an instance.
type SSHKey struct {
	ID        int64  `json:"id"`
	UserID    *Int   `json:"user_id"`
	PublicKey string `json:"public_key"`
	// Key and SSHKey are other names the same field has been seen under.
	Key       string `json:"key"`
	SSHKey    string `json:"ssh_key"`
	CreatedAt *Time  `json:"created_at"`
	// DeletedAt is set on keys that are gone.
	DeletedAt *Text `json:"deleted_at"`
}

// Material is the key's text, whichever name it came under.
func (k SSHKey) Material() string {
	for _, text := range []string{k.PublicKey, k.Key, k.SSHKey} {
		if text != "" {
			return text
		}
	}
	return ""
}

// Template is a template. HashID changes with every edit, ID does not.
type Template struct {
	ID     int64  `json:"id"`
	HashID string `json:"hash_id"`
	Name   string `json:"name"`
	Image  string `json:"image"`
	Tag    Text   `json:"tag"`
	// Env is a string of Docker flags: "-e A=1 -p 8080:8080".
	Env     Text `json:"env"`
	Onstart Text `json:"onstart"`
	Runtype Text `json:"runtype"`
	// RecommendedDiskSpace is GB.
	RecommendedDiskSpace *Float `json:"recommended_disk_space"`
}

// Volume is a rented local or network volume; DiskSpace in GB, the price USD/h.
type Volume struct {
	ID               int64  `json:"id"`
	MachineID        *Int   `json:"machine_id"`
	Label            Text   `json:"label"`
	DiskSpace        *Float `json:"disk_space"`
	StorageTotalCost *Float `json:"storage_total_cost"`
}
