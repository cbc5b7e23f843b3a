package latchkey

// Version is the version of this module.
const Version = "0.1.0"

// UserAgent is what the clients of this module call themselves.
const UserAgent = "latchkey-go/" + Version
