using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net.Http;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Latchkey.Client.Model;

namespace Example
{
    public class CreateApiKeyExample
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
                CreateApiKeyResponse result = apiInstance.CreateApiKey(createApiKeyRequest);
                Debug.WriteLine(result);
            }
            catch (ApiException e)
            {
                Debug.Print("Exception when calling APIKeysApi.CreateApiKey: " + e.Message);
                Debug.Print("Status Code: " + e.ErrorCode);
                Debug.Print(e.StackTrace);
            }
        }
    }
}
