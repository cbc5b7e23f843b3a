namespace Latchkey.Client.Client;

/// <summary>What every group of operations has.</summary>
public interface IApiAccessor
{
    /// <summary>The settings that calls are made with.</summary>
    IReadableConfiguration Configuration { get; set; }

    /// <summary>Decides which responses are failures; null lets every response through.</summary>
    ExceptionFactory? ExceptionFactory { get; set; }

    /// <summary>The address that the paths of the operations are added to.</summary>
    /// <returns>Such as <c>http://localhost:8080</c>.</returns>
    string GetBasePath();
}
