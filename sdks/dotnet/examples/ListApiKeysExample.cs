using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net.Http;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Latchkey.Client.Model;

namespace Example
{
    public class ListApiKeysExample
    {
        public static void Main()
        {
            Configuration config = new Configuration();
            config.BasePath = Environment.GetEnvironmentVariable("LATCHKEY_BASE_URL") ?? "http://localhost:8080";
            // create instances of HttpClient, HttpClientHandler to be reused later with different Api classes
            HttpClient httpClient = new HttpClient();
            HttpClientHandler httpClientHandler = new HttpClientHandler();
            var apiInstance = new APIKeysApi(httpClient, config, httpClientHandler);
            try
            {
                // List API keys
                ListApiKeysResponse result = apiInstance.ListApiKeys();
                Debug.WriteLine(result);
            }
            catch (ApiException e)
            {
                Debug.Print("Exception when calling APIKeysApi.ListApiKeys: " + e.Message);
                Debug.Print("Status Code: " + e.ErrorCode);
                Debug.Print(e.StackTrace);
            }
        }
    }
}
