using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net.Http;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Latchkey.Client.Model;

namespace Example
{
    public class DeleteApiKeyWithHttpInfoExample
    {
        public static void Main()
        {
            Configuration config = new Configuration();
            config.BasePath = Environment.GetEnvironmentVariable("LATCHKEY_BASE_URL") ?? "http://localhost:8080";
            // create instances of HttpClient, HttpClientHandler to be reused later with different Api classes
            HttpClient httpClient = new HttpClient();
            HttpClientHandler httpClientHandler = new HttpClientHandler();
            var apiInstance = new APIKeysApi(httpClient, config, httpClientHandler);
            var id = "550e8400-e29b-41d4-a716-446655440000"; // string | The unique identifier of the API key to delete
            try
            {
                // Delete an API key
                apiInstance.DeleteApiKeyWithHttpInfo(id);
            }
            catch (ApiException e)
            {
                Debug.Print("Exception when calling APIKeysApi.DeleteApiKeyWithHttpInfo: " + e.Message);
                Debug.Print("Status Code: " + e.ErrorCode);
                Debug.Print(e.StackTrace);
            }
        }
    }
}
