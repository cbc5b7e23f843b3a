using System;
using Latchkey.Client;

namespace Example
{
    /// <summary>What a server does with each request that comes with a key, when the request costs something.</summary>
    public static class VerifyExample
    {
        public static void Main()
        {
            // The server's address and our own key come from LATCHKEY_BASE_URL and LATCHKEY_API_KEY.
            using LatchkeyClient latchkey = new();
            Verdict verdict = latchkey.Verify(new VerifyRequest
            {
                Key = Environment.GetEnvironmentVariable("CLIENT_KEY") ?? "what the client sent",
                Permissions = "documents.read",
                Reserve = 0.05m,
            });
            if (!verdict.Valid)
            {
                Console.WriteLine($"refused: {verdict.Code}");
                return;
            }

            // ... the work, which turns out to cost a little less ...
            Reservation reservation = latchkey.Settle(verdict.Reservation!.Id, new SettleRequest { Amount = 0.0425m });
            Console.WriteLine($"{verdict.Name}: {reservation.State}, {reservation.Settled} USD");
        }
    }
}
