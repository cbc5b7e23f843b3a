using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net.Http;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Latchkey.Client.Model;

namespace Example
{
    public class CreateApiKeyWithHttpInfoExample
    {
        public static void Main()
        {
            Configuration config = new Configuration();
            config.BasePath = Environment.GetEnvironmentVariable("LATCHKEY_BASE_URL") ?? "http://localhost:8080";
            // create instances of HttpClient, HttpClientHandler to be reused later with different Api classes
            HttpClient httpClient = new HttpClient();
            HttpClientHandler httpClientHandler = new HttpClientHandler();
            var apiInstance = new APIKeysApi(httpClient, config, httpClientHandler);
            var createApiKeyRequest = new CreateApiKeyRequest(); // CreateApiKeyRequest | API key configuration
            try
            {
                // Create a new API key
                ApiResponse<CreateApiKeyResponse> response = apiInstance.CreateApiKeyWithHttpInfo(createApiKeyRequest);
                Debug.Write("Status Code: " + response.StatusCode);
                Debug.Write("Response Headers: " + response.Headers);
                Debug.Write("Response Body: " + response.Data);
            }
            catch (ApiException e)
            {
                Debug.Print("Exception when calling APIKeysApi.CreateApiKeyWithHttpInfo: " + e.Message);
                Debug.Print("Status Code: " + e.ErrorCode);
                Debug.Print(e.StackTrace);
            }
        }
    }
}
