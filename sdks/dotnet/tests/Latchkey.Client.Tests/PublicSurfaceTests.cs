using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;
using System.Xml.Linq;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Latchkey.Client.Model;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>What programs are compiled against: names, signatures, and a word about each.</summary>
public sealed class PublicSurfaceTests
{
    private static readonly Assembly s_assembly = typeof(APIKeysApi).Assembly;

    [Fact]
    public void Every_constructor_of_the_api_is_there() =>
        AssertHas(
            ConstructorsOf(typeof(APIKeysApi)),
            "()",
            "(String basePath)",
            "(Configuration configuration)",
            "(HttpClient client, HttpClientHandler handler = null)",
            "(HttpClient client, String basePath, HttpClientHandler handler = null)",
            "(HttpClient client, Configuration configuration, HttpClientHandler handler = null)",
            "(ISynchronousClient client, IAsynchronousClient asyncClient, IReadableConfiguration configuration)");

    [Fact]
    public void Every_operation_is_there_in_four_ways()
    {
        const string Token = "CancellationToken cancellationToken = default";
        string[] sync =
        [
            "CreateApiKeyResponse CreateApiKey(CreateApiKeyRequest createApiKeyRequest)",
            "ApiResponse<CreateApiKeyResponse> CreateApiKeyWithHttpInfo(CreateApiKeyRequest createApiKeyRequest)",
            "Void DeleteApiKey(String id)",
            "ApiResponse<Object> DeleteApiKeyWithHttpInfo(String id)",
            "ListApiKeysResponse ListApiKeys()",
            "ApiResponse<ListApiKeysResponse> ListApiKeysWithHttpInfo()",
            "ApiKeyResponse UpdateApiKey(String id, UpdateApiKeyRequest updateApiKeyRequest)",
            "ApiResponse<ApiKeyResponse> UpdateApiKeyWithHttpInfo(String id, UpdateApiKeyRequest updateApiKeyRequest)",
        ];
        string[] async =
        [
            $"Task<CreateApiKeyResponse> CreateApiKeyAsync(CreateApiKeyRequest createApiKeyRequest, {Token})",
            $"Task<ApiResponse<CreateApiKeyResponse>> CreateApiKeyWithHttpInfoAsync(CreateApiKeyRequest createApiKeyRequest, {Token})",
            $"Task DeleteApiKeyAsync(String id, {Token})",
            $"Task<ApiResponse<Object>> DeleteApiKeyWithHttpInfoAsync(String id, {Token})",
            $"Task<ListApiKeysResponse> ListApiKeysAsync({Token})",
            $"Task<ApiResponse<ListApiKeysResponse>> ListApiKeysWithHttpInfoAsync({Token})",
            $"Task<ApiKeyResponse> UpdateApiKeyAsync(String id, UpdateApiKeyRequest updateApiKeyRequest, {Token})",
            $"Task<ApiResponse<ApiKeyResponse>> UpdateApiKeyWithHttpInfoAsync(String id, UpdateApiKeyRequest updateApiKeyRequest, {Token})",
        ];
        AssertHas(MethodsOf(typeof(APIKeysApi)), [.. sync, .. async, "String GetBasePath()", "Void Dispose()"]);
        AssertHas(MethodsOf(typeof(IAPIKeysApiSync)), sync);
        AssertHas(MethodsOf(typeof(IAPIKeysApiAsync)), async);
        Assert.Equal(8, MethodsOf(typeof(IAPIKeysApiSync)).Count());
        Assert.Equal(8, MethodsOf(typeof(IAPIKeysApiAsync)).Count());
        Assert.True(typeof(IAPIKeysApi).IsAssignableFrom(typeof(APIKeysApi)));
        Assert.True(typeof(IAPIKeysApiSync).IsAssignableFrom(typeof(IAPIKeysApi)));
        Assert.True(typeof(IAPIKeysApiAsync).IsAssignableFrom(typeof(IAPIKeysApi)));
        Assert.True(typeof(IDisposable).IsAssignableFrom(typeof(APIKeysApi)));
    }

    [Theory]
    [InlineData(typeof(UsersApi), typeof(IUsersApi), typeof(IUsersApiSync), typeof(IUsersApiAsync), "UserResponse", "GetCurrentUser ", "GetUser String id", "GetUserByEmail String email")]
    [InlineData(typeof(SystemApi), typeof(ISystemApi), typeof(ISystemApiSync), typeof(ISystemApiAsync), "SystemInfoResponse", "GetSystemInfo ")]
    [InlineData(typeof(SystemApi), typeof(ISystemApi), typeof(ISystemApiSync), typeof(ISystemApiAsync), "SystemInitResponse", "InitializeSystem ")]
    public void Users_and_the_system_have_their_operations_in_four_ways(Type api, Type both, Type sync, Type async, string result, params string[] operations)
    {
        const string Token = "CancellationToken cancellationToken = default";
        foreach (string[] parts in operations.Select(one => one.Split(' ', 2)))
        {
            string more = parts[1].Length == 0 ? "" : $"{parts[1]}, ";
            string[] waiting = [$"{result} {parts[0]}({parts[1]})", $"ApiResponse<{result}> {parts[0]}WithHttpInfo({parts[1]})"];
            string[] others = [$"Task<{result}> {parts[0]}Async({more}{Token})", $"Task<ApiResponse<{result}>> {parts[0]}WithHttpInfoAsync({more}{Token})"];
            AssertHas(MethodsOf(api), [.. waiting, .. others]);
            AssertHas(MethodsOf(sync), waiting);
            AssertHas(MethodsOf(async), others);
        }

        Assert.True(both.IsAssignableFrom(api) && sync.IsAssignableFrom(both) && async.IsAssignableFrom(both));
        Assert.Equal(ConstructorsOf(typeof(APIKeysApi)).Order(), ConstructorsOf(api).Order());
    }

    [Fact]
    public void The_api_shows_what_it_works_with() =>
        AssertHas(
            PropertiesOf(typeof(APIKeysApi)),
            "ISynchronousClient Client { get; set; }",
            "IAsynchronousClient AsynchronousClient { get; set; }",
            "ApiClient ApiClient { get; set; }",
            "IReadableConfiguration Configuration { get; set; }",
            "ExceptionFactory ExceptionFactory { get; set; }");

    [Fact]
    public void The_seams_have_a_method_for_every_verb()
    {
        foreach (string verb in new[] { "Get", "Post", "Put", "Delete", "Head", "Options", "Patch" })
        {
            const string Arguments = "String path, RequestOptions options, IReadableConfiguration configuration = null";
            AssertHas(MethodsOf(typeof(ISynchronousClient)), $"ApiResponse<T> {verb}({Arguments})");
            AssertHas(
                MethodsOf(typeof(IAsynchronousClient)),
                $"Task<ApiResponse<T>> {verb}Async({Arguments}, CancellationToken cancellationToken = default)");
        }

        Assert.True(typeof(ISynchronousClient).IsAssignableFrom(typeof(ApiClient)));
        Assert.True(typeof(IAsynchronousClient).IsAssignableFrom(typeof(ApiClient)));
    }

    [Fact]
    public void A_response_shows_everything_that_came()
    {
        AssertHas(
            PropertiesOf(typeof(ApiResponse<string>)),
            "HttpStatusCode StatusCode { get; }",
            "Multimap<String, String> Headers { get; }",
            "String Data { get; }",
            "Object Content { get; }",
            "String RawContent { get; }",
            "String ErrorText { get; set; }",
            "List<Cookie> Cookies { get; set; }",
            "Type ResponseType { get; }");
        Assert.True(typeof(IApiResponse).IsAssignableFrom(typeof(ApiResponse<string>)));
        Assert.True(typeof(IDictionary<string, IList<string>>).IsAssignableFrom(typeof(Multimap<string, string>)));
    }

    [Fact]
    public void An_exception_has_its_members_and_constructors()
    {
        AssertHas(
            PropertiesOf(typeof(ApiException)),
            "Int32 ErrorCode { get; set; }",
            "Object ErrorContent { get; }",
            "Multimap<String, String> Headers { get; }");
        AssertHas(
            ConstructorsOf(typeof(ApiException)),
            "()",
            "(Int32 errorCode, String message)",
            "(Int32 errorCode, String message, Object errorContent = null, Multimap<String, String> headers = null)");
        Assert.True(typeof(Exception).IsAssignableFrom(typeof(ApiException)));
    }

    [Fact]
    public void The_settings_have_every_member()
    {
        AssertHas(
            PropertiesOf(typeof(Configuration)),
            "String BasePath { get; set; }",
            "IDictionary<String, String> DefaultHeaders { get; set; }",
            "IDictionary<String, String> DefaultHeader { get; set; }",
            "IDictionary<String, String> ApiKey { get; set; }",
            "IDictionary<String, String> ApiKeyPrefix { get; set; }",
            "String AccessToken { get; set; }",
            "String Username { get; set; }",
            "String Password { get; set; }",
            "TimeSpan Timeout { get; set; }",
            "String UserAgent { get; set; }",
            "String DateTimeFormat { get; set; }",
            "String TempFolderPath { get; set; }",
            "IWebProxy Proxy { get; set; }",
            "X509CertificateCollection ClientCertificates { get; set; }",
            "Boolean UseDefaultCredentials { get; set; }",
            "IList<IReadOnlyDictionary<String, Object>> Servers { get; set; }",
            "ExceptionFactory DefaultExceptionFactory { get; set; }");
        AssertHas(
            MethodsOf(typeof(Configuration)),
            "Void AddApiKey(String key, String value)",
            "Void AddApiKeyPrefix(String key, String value)",
            "Void AddDefaultHeader(String key, String value)",
            "String GetApiKeyWithPrefix(String apiKeyIdentifier)",
            "String ToDebugReport()",
            "IReadableConfiguration MergeConfigurations(IReadableConfiguration first, IReadableConfiguration second)");
        Assert.True(typeof(IReadableConfiguration).IsAssignableFrom(typeof(Configuration)));
        AssertHas(PropertiesOf(typeof(GlobalConfiguration)), "Configuration Instance { get; set; }");
    }

    [Fact]
    public void The_models_have_their_members_and_constructors()
    {
        AssertHas(
            ConstructorsOf(typeof(CreateApiKeyRequest)),
            "(Dictionary<String, String> labels = null, Nullable<Int64> expiresAt = null, Nullable<Guid> apiKeyId = null)");
        AssertHas(
            ConstructorsOf(typeof(UpdateApiKeyRequest)),
            "(Nullable<StatusEnum> status = null, Dictionary<String, String> replaceLabels = null, Dictionary<String, String> mergeLabels = null)");
        AssertHas(
            PropertiesOf(typeof(ApiKeyResponse)),
            "String ApiKeyId { get; set; }",
            "String UserId { get; set; }",
            "String KeyPrefix { get; set; }",
            "Nullable<StatusEnum> Status { get; set; }",
            "Dictionary<String, String> Labels { get; set; }",
            "Nullable<Int64> ExpiresAt { get; set; }",
            "Nullable<Int64> LastUsedAt { get; set; }",
            "Int64 CreatedAt { get; set; }",
            "Int64 UpdatedAt { get; set; }",
            "String CreatedById { get; set; }",
            "String UpdatedById { get; set; }");
        AssertHas(PropertiesOf(typeof(CreateApiKeyResponse)), "ApiKeyResponse ApiKeyMetadata { get; set; }", "String RawApiKey { get; set; }");
        AssertHas(PropertiesOf(typeof(ListApiKeysResponse)), "List<ApiKeyResponse> Keys { get; set; }");
        foreach (Type model in s_assembly.GetExportedTypes().Where(type => type.Namespace == "Latchkey.Client.Model" && type.IsClass))
        {
            AssertHas(MethodsOf(model), "String ToString()", "String ToJson()", "Boolean Equals(Object obj)", $"Boolean Equals({model.Name} input)", "Int32 GetHashCode()");
            Assert.True(typeof(System.ComponentModel.DataAnnotations.IValidatableObject).IsAssignableFrom(model));
        }
    }

    [Fact]
    public void The_native_client_has_its_calls_in_both_ways()
    {
        const string Token = "CancellationToken cancellationToken = default";
        foreach ((string result, string name, string arguments) in new[]
        {
            ("Verdict", "Verify", "VerifyRequest request"),
            ("Reservation", "Reserve", "ReserveRequest request"),
            ("Reservation", "Extend", "String reservationId, ExtendRequest request"),
            ("Reservation", "Settle", "String reservationId, SettleRequest request"),
            ("Reservation", "Release", "String reservationId"),
        })
        {
            AssertHas(
                MethodsOf(typeof(LatchkeyClient)),
                $"{result} {name}({arguments}, {Token})",
                $"Task<{result}> {name}Async({arguments}, {Token})");
        }
    }

    [Fact]
    public void Nothing_public_lies_outside_of_the_namespaces_that_programs_import()
    {
        string[] known = ["Latchkey.Client", "Latchkey.Client.Api", "Latchkey.Client.Client", "Latchkey.Client.Incoming", "Latchkey.Client.Model", "Latchkey.Client.Rules", "Latchkey.Client.Testing"];
        Assert.DoesNotContain(s_assembly.GetExportedTypes(), type => !known.Contains(type.Namespace));
        Assert.All(s_assembly.GetReferencedAssemblies(), name => Assert.StartsWith("System.", name.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void Everything_that_programs_handle_can_be_made_by_a_test()
    {
        // What only ways of their own make.
        Type[] notMade = [typeof(GlobalConfiguration), typeof(Incoming.IncomingKey), typeof(Incoming.Refusal), typeof(Incoming.TrustedProxies), typeof(KeptHold), typeof(Rules.AddressList), typeof(Rules.LimitPeriod), typeof(Rules.PermissionExpression)];
        Type[] closed = [.. s_assembly.GetExportedTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && !typeof(Delegate).IsAssignableFrom(type))
            .Where(type => type.GetConstructors().Length == 0 && !IsForDoubles(type))
            .Except(notMade)];
        Assert.Empty(closed);
        Assert.True(IsForDoubles(typeof(KeysClient)));
        string[] unsettable = [.. s_assembly.GetExportedTypes()
            .Where(type => type.IsSubclassOf(typeof(Exception)) || type == typeof(Verdict) || type == typeof(Reservation))
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(property => property.SetMethod?.IsPublic != true)
            .Select(property => $"{property.DeclaringType!.Name}.{property.Name}")];
        Assert.Equal(["ApiException.ErrorContent", "ApiException.Headers", "ApiException.RequestId", "ApiException.RetryAfter", "LatchkeyException.Failure", "LatchkeyException.Status"], unsettable.Order());
        Assert.True(typeof(ILatchkeyClient).IsAssignableFrom(typeof(LatchkeyClient)));
        Assert.Equal(
            MethodsOf(typeof(LatchkeyClient)).Where(one => one.Contains("Request", StringComparison.Ordinal) || one.Contains("Release", StringComparison.Ordinal)).Order(),
            MethodsOf(typeof(ILatchkeyClient)).Order());
    }

    [Theory]
    [InlineData(typeof(APIKeysApi), 150)]
    [InlineData(typeof(Microsoft.Extensions.DependencyInjection.LatchkeyServiceCollectionExtensions), 3)]
    public void Everything_public_says_what_it_means(Type sample, int least)
    {
        Assembly assembly = sample.Assembly;
        XDocument document = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"));
        HashSet<string> told = document.Descendants("member")
            .Where(member => member.Elements().Any(element => element.Name == "inheritdoc" || element.Value.Trim().Length > 5))
            .Select(member => member.Attribute("name")!.Value.Split('(')[0])
            .ToHashSet();
        string[] untold = assembly.GetExportedTypes()
            .SelectMany(type => NamesOf(type).Where(name => !told.Contains(name)))
            .ToArray();
        Assert.Empty(untold);
        Assert.True(told.Count >= least, $"only {told.Count}");
    }

    // A test derives from it and has every call of its own.
    private static bool IsForDoubles(Type type) =>
        type.GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic).Any(one => one.IsFamily && one.GetParameters().Length == 0)
        && type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).All(one => one is { IsVirtual: true, IsFinal: false });

    private static IEnumerable<string> NamesOf(Type type)
    {
        const BindingFlags Own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        string name = type.FullName!.Replace('+', '.');
        yield return $"T:{name}";
        if (type.IsSubclassOf(typeof(Delegate))) yield break;
        foreach (PropertyInfo property in type.GetProperties(Own)) yield return $"P:{name}.{property.Name}";
        foreach (FieldInfo field in type.GetFields(Own).Where(field => !field.IsSpecialName)) yield return $"F:{name}.{field.Name}";
        if (type.IsEnum) yield break;
        foreach (MethodInfo method in type.GetMethods(Own).Where(method => !method.IsSpecialName))
        {
            string arity = method.IsGenericMethod ? $"``{method.GetGenericArguments().Length}" : "";
            yield return $"M:{name}.{method.Name}{arity}";
        }
    }

    private static void AssertHas(IEnumerable<string> actual, params string[] wanted)
    {
        string[] there = actual.ToArray();
        string[] missing = wanted.Except(there).ToArray();
        Assert.True(missing.Length == 0, $"missing:\n{string.Join('\n', missing)}\nthere:\n{string.Join('\n', there)}");
    }

    private static IEnumerable<string> ConstructorsOf(Type type) =>
        type.GetConstructors().Select(constructor => $"({ParametersOf(constructor)})");

    private static IEnumerable<string> MethodsOf(Type type) =>
        type.GetMethods().Select(method => $"{NameOf(method.ReturnType)} {method.Name}({ParametersOf(method)})");

    private static IEnumerable<string> PropertiesOf(Type type) =>
        type.GetProperties().Select(property =>
            $"{NameOf(property.PropertyType)} {property.Name} {{ {(property.GetMethod?.IsPublic == true ? "get; " : "")}{(property.SetMethod?.IsPublic == true ? "set; " : "")}}}");

    private static string ParametersOf(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string text = $"{NameOf(parameter.ParameterType)} {parameter.Name}";
        if (!parameter.HasDefaultValue) return text;
        bool isPlainStruct = parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null;
        return text + (isPlainStruct ? " = default" : " = null");
    }

    private static string NameOf(Type type)
    {
        if (!type.IsGenericType) return type.Name;
        StringBuilder name = new(type.Name.Split('`')[0]);
        return name.Append('<').AppendJoin(", ", type.GetGenericArguments().Select(NameOf)).Append('>').ToString();
    }
}
