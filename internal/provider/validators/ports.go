package validators

// MaxPort is the last number of a TCP or UDP port.
const MaxPort = 65_535

// MaxSymmetricPort is the last number by which both platforms can be asked for the
// same port inside and outside. They document where these numbers begin and not
// where they end; beyond this one a number is a slip of the keyboard rather than a
// request.
const MaxSymmetricPort = 79_999
