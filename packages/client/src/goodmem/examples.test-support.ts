// The examples of the first client's documentation, letter by letter, after their import.

/** Calls that create a key. */
export const CREATE = `let apiInstance = new GoodMemClient.APIKeysApi();
let createApiKeyRequest = {"labels":{"environment":"development","service":"chat-ui"},"expiresAt":"1735689600000"}; // CreateApiKeyRequest | API key configuration
apiInstance.createApiKey(createApiKeyRequest).then((data) => {
console.log('API called successfully. Returned data: ' + data);
}, (error) => {
console.error(error);
});`
/** The example that deletes a key. */
export const DELETE = `let apiInstance = new GoodMemClient.APIKeysApi();
let id = "550e8400-e29b-41d4-a716-446655440000"; // String | The unique identifier of the API key to delete
apiInstance.deleteApiKey(id).then(() => {
console.log('API called successfully.');
}, (error) => {
console.error(error);
});`
/** The example that lists keys. */
export const LIST = `let apiInstance = new GoodMemClient.APIKeysApi();
apiInstance.listApiKeys().then((data) => {
console.log('API called successfully. Returned data: ' + data);
}, (error) => {
console.error(error);
});`
/** Calls that change a key. */
export const UPDATE = `let apiInstance = new GoodMemClient.APIKeysApi();
let id = "550e8400-e29b-41d4-a716-446655440000"; // String | The unique identifier of the API key to update
let updateApiKeyRequest = {"status":"ACTIVE","replaceLabels":{"environment":"production","service":"recommendation-engine"}}; // UpdateApiKeyRequest | API key update details
apiInstance.updateApiKey(id, updateApiKeyRequest).then((data) => {
console.log('API called successfully. Returned data: ' + data);
}, (error) => {
console.error(error);
});`
