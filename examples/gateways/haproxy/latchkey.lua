-- Asks Latchkey whether a request may pass; HAProxy has no such directive of its own.
local AUTHORIZE = "http://127.0.0.1:8080/v2/authorize"
local TIMEOUT_MS = 10000

local CREDENTIALS = { "authorization", "x-api-key" }
local IDENTITY = {
  "x-auth-key-id", "x-auth-owner-id", "x-auth-external-user-id", "x-auth-workspace-id",
  "x-auth-name", "x-auth-permissions", "x-auth-labels",
}
local PASSED_BACK = {
  "content-type", "www-authenticate", "retry-after", "x-request-id",
  "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset",
}
local REFUSALS = { [401] = true, [402] = true, [403] = true, [429] = true }

-- HAProxy counts the values of a header from 0.
local function values(headers, name)
  local found, header = {}, headers and headers[name]
  local index = 0
  while header and header[index] do
    found[#found + 1] = header[index]
    index = index + 1
  end
  return found
end

-- Nothing of the client's goes to Latchkey but its key.
local function question(txn)
  local headers = txn.http:req_get_headers()
  local sent = {
    ["x-forwarded-for"] = { txn.f:src() },
    ["x-original-method"] = { txn.f:method() },
    ["x-original-uri"] = { txn.f:pathq() },
  }
  for _, name in ipairs(CREDENTIALS) do
    local found = values(headers, name)
    if #found > 0 then sent[name] = found end
  end
  return sent
end

local function refuse(txn, answer)
  local known = answer and REFUSALS[answer.status]
  -- Latchkey cannot be reached, or does not understand the gateway: nothing passes.
  local reply = txn:reply({ status = known and answer.status or 503 })
  if known then
    for _, name in ipairs(PASSED_BACK) do
      for _, value in ipairs(values(answer.headers, name)) do reply:add_header(name, value) end
    end
    if txn.f:method() ~= "HEAD" then reply:set_body(answer.body or "") end
  end
  txn:done(reply)
end

core.register_action("latchkey", { "http-req" }, function(txn)
  local answer = core.httpclient():get({ url = AUTHORIZE, headers = question(txn), timeout = TIMEOUT_MS })
  if not answer or answer.status ~= 200 then return refuse(txn, answer) end
  for _, name in ipairs(IDENTITY) do
    txn.http:req_set_header(name, values(answer.headers, name)[1] or "")
  end
end, 0)
