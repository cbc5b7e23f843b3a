using System;

namespace Latchkey.Client.Client;

/// <summary>Decides whether a response is a failure.</summary>
/// <param name="methodName">The operation, such as <c>CreateApiKey</c>.</param>
/// <param name="response">What came back.</param>
/// <returns>What to throw; null when the call went well.</returns>
public delegate Exception? ExceptionFactory(string methodName, IApiResponse response);
