using System;
using Latchkey.Client.Client;
using Settings = Latchkey.Client.Client.Configuration;

namespace Latchkey.Client.Api;

/// <summary>What every group of operations has: its clients, its settings, and how failures are told.</summary>
public abstract class ApiGroup : IApiAccessor, IDisposable
{
    private ExceptionFactory? _exceptionFactory = Settings.DefaultExceptionFactory;

    private protected ApiGroup(Opening opening)
    {
        ApiClient = opening.Own;
        Client = opening.Client;
        AsynchronousClient = opening.AsynchronousClient;
        Configuration = opening.Settings;
    }

    /// <summary>Makes the calls that wait.</summary>
    public ISynchronousClient Client { get; set; }

    /// <summary>Makes the calls that do not hold a thread.</summary>
    public IAsynchronousClient AsynchronousClient { get; set; }

    /// <summary>The client that this object made, which it disposes; null where the caller brought both.</summary>
    public ApiClient? ApiClient { get; set; }

    /// <inheritdoc/>
    public IReadableConfiguration Configuration { get; set; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">On reading, when several factories were added up.</exception>
    public ExceptionFactory? ExceptionFactory
    {
        get => _exceptionFactory is null || _exceptionFactory.GetInvocationList().Length == 1
            ? _exceptionFactory
            : throw new InvalidOperationException("Multicast delegate for ExceptionFactory is unsupported.");
        set => _exceptionFactory = value;
    }

    /// <inheritdoc/>
    public string GetBasePath() => Configuration.BasePath;

    /// <summary>Closes the connections that this object opened. A caller's client stays open.</summary>
    public void Dispose()
    {
        ApiClient?.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected ApiResponse<T> Checked<T>(ApiResponse<T> response, string operation) =>
        ExceptionFactory?.Invoke(operation, response) is { } failure ? throw failure : response;

    /// <summary>A call on the one that a parameter of its path names.</summary>
    private protected RequestOptions For(string parameter, string value, string operation)
    {
        if (string.IsNullOrEmpty(value)) throw Missing(parameter, operation);
        // Addresses drop these two, escaped or not, so that the call would reach another resource.
        return value is "." or ".."
            ? throw new ApiException(400, $"Invalid parameter '{parameter}' when calling {GroupName}->{operation}: nothing is named '{value}'.")
            : new RequestOptions { PathParameters = { [parameter] = value } };
    }

    private protected static RequestOptions Accepting(RequestOptions options)
    {
        options.HeaderParameters.Add("Accept", "application/json");
        return options;
    }

    private protected ApiException Missing(string parameter, string operation) =>
        new(400, $"Missing required parameter '{parameter}' when calling {GroupName}->{operation}");

    // Not the name of the type: a program may derive one of its own.
    private protected abstract string GroupName { get; }
}
