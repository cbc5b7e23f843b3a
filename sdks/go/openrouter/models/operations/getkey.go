package operations

// GetKeyRequest is all that Get takes. Get itself takes its parts.
type GetKeyRequest struct {
	// Hash names the key.
	Hash string
}

// GetHash is Hash, and empty for nil.
func (r *GetKeyRequest) GetHash() string { return orZero(r).Hash }

// GetKeyResponse is the answer of Get.
type GetKeyResponse struct {
	// Data is the key.
	Data GetKeyData `json:"data"`
}

// GetData is Data, and zero for nil.
func (r *GetKeyResponse) GetData() GetKeyData { return orZero(r).Data }
