namespace Latchkey.Client.Model;

/// <summary>A model that a server answers with.</summary>
internal interface IAnswer
{
    /// <summary>The first member that is always there and now is not; null when it is whole.</summary>
    string? Missing();
}
