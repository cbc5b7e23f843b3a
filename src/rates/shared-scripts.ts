// Each limit is a hash, with the rate under which it was counted last: `limit`, and `unit`, the milliseconds in which one unit leaks away.
// `whole` is the time in milliseconds when no unit is used any more. So the used units are the time from now until `whole`, divided by
// `unit`. `cutWhole`, `cutUnit` and `cutLimit` are the same under the rate from before the limit was lowered (`beforeCut` in `cells.ts`,
// whose rules these scripts repeat). Only the clock of the shared memory counts. Beside them a sorted set has the names of the subject's
// hashes, by the time when each was new: a key could be given ever new limits, so `MAX.ratesKept` are kept, as in memory.

const NOW = `local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local function usedOf(whole, unit, limit)
  return math.min(tonumber(limit), math.max(0, (tonumber(whole) - now) / tonumber(unit)))
end
`

const WEIGH = `${NOW}
local used, cuts, stale = {}, {}, {}
local wait, bound = nil, 0
for i = 1, #KEYS do
  local limit, unit, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local kept = redis.call('HMGET', KEYS[i], 'whole', 'unit', 'limit', 'cutWhole', 'cutUnit', 'cutLimit')
  used[i] = 0
  if kept[1] then
    local keptLimit = kept[3] or ARGV[3 * i - 2]
    used[i] = usedOf(kept[1], kept[2], keptLimit)
    local cut = kept[4] and { usedOf(kept[4], kept[5], kept[6]), kept[5], kept[6] }
    if kept[2] == ARGV[3 * i - 1] and keptLimit == ARGV[3 * i - 2] then
      cuts[i] = cut
      stale[i] = (tonumber(kept[1]) - now) / unit > limit + 1e-6
    else
      local most = { used[i], kept[2], keptLimit }
      if cut and cut[1] > used[i] then most = cut end
      used[i] = math.min(most[1], limit)
      if most[1] > limit then cuts[i] = most
      elseif cut then cuts[i] = { 0, most[2], most[3] } end
      stale[i] = true
    end
  end
  local over = used[i] + cost - limit
  if cost > 0 and over > 1e-6 then
    local each = over * unit
    if cost > limit then each = math.huge end
    if wait == nil or each > wait then wait, bound = each, i - 1 end
  end
end
local function told()
  local shown = '0'
  if wait == math.huge then shown = '-1' elseif wait ~= nil then shown = string.format('%.3f', wait) end
  local texts = { wait == nil and '1' or '0', tostring(bound), shown, string.format('%.3f', now) }
  for i = 1, #KEYS do
    texts[3 + 2 * i] = string.format('%.9f', used[i])
    texts[4 + 2 * i] = string.format('%.9f', cuts[i] and cuts[i][1] or 0)
  end
  return texts
end
`

/**
 * Whether all limits have room for the demanded units; writes nothing. Each limit has three arguments: its units, the milliseconds of a
 * unit, and the demanded units. Returns 1 or 0, the index of the limit that binds, how long it binds (-1 for ever), the time, and for each
 * limit the used units, and those under the rate from before a cut.
 */
export const LOOK = `${WEIGH}
return told()
`

/**
 * Takes units from all limits or from none. Arguments and answer are those of {@link LOOK}; the used units are those before it. A refusal
 * writes what it has found under a changed rate, or after the clock was set back: later it would be counted by that rate or clock again.
 * Two more arguments are the name of the set, and how many hashes are kept: beyond them those are dropped that the subject has no longer,
 * the oldest first. They are in the slot of the others. An older version takes from the same hashes; the set has its names once this one
 * uses them, too.
 */
export const TAKE = `${WEIGH}
local names, longest = ARGV[3 * #KEYS + 1], 0
for i = 1, #KEYS do
  local limit, unit, cost = ARGV[3 * i - 2], ARGV[3 * i - 1], tonumber(ARGV[3 * i])
  if wait ~= nil then cost = 0 end
  if cost > 0 or stale[i] then
    local left = (used[i] + cost) * tonumber(unit)
    local added = redis.call('HSET', KEYS[i], 'whole', string.format('%.6f', now + left), 'unit', unit, 'limit', limit)
    local since = string.format('%.3f', now + i / 1000)
    if added == 3 then redis.call('ZADD', names, since, KEYS[i]) else redis.call('ZADD', names, 'NX', since, KEYS[i]) end
    local cut = cuts[i]
    if cut then
      local cutLeft = (cut[1] + cost) * tonumber(cut[2])
      redis.call('HSET', KEYS[i], 'cutWhole', string.format('%.6f', now + cutLeft), 'cutUnit', cut[2], 'cutLimit', cut[3])
      left = math.max(left, cutLeft)
    end
    redis.call('PEXPIRE', KEYS[i], math.ceil(left) + 1000)
    longest = math.max(longest, math.ceil(left) + 1000)
  end
end
if longest > redis.call('PTTL', names) then redis.call('PEXPIRE', names, longest) end
local over = redis.call('ZCARD', names) - tonumber(ARGV[3 * #KEYS + 2])
if over > 0 then
  local present, former = {}, {}
  for i = 1, #KEYS do present[KEYS[i]] = true end
  for _, name in ipairs(redis.call('ZRANGE', names, 0, -1)) do
    if redis.call('EXISTS', name) == 0 then
      redis.call('ZREM', names, name)
      over = over - 1
    elseif not present[name] then former[#former + 1] = name end
  end
  for n = 1, math.min(over, #former) do
    redis.call('DEL', former[n])
    redis.call('ZREM', names, former[n])
  end
end
return told()
`

/**
 * Gives back the units that have not leaked away since they were taken, to all counts that they were taken from. Each limit has six
 * arguments: the milliseconds of a unit, the limit, the number of units, those that were used before them, the same under the rate from
 * before a cut, and the time when they were taken. Units of a rate that is kept no longer stay used.
 */
export const GIVE_BACK = `${NOW}
for i = 1, #KEYS do
  local unit, limit, cost, at = ARGV[6 * i - 5], ARGV[6 * i - 4], tonumber(ARGV[6 * i - 3]), tonumber(ARGV[6 * i])
  local before, beforeCut = tonumber(ARGV[6 * i - 2]), tonumber(ARGV[6 * i - 1])
  local kept = redis.call('HMGET', KEYS[i], 'whole', 'unit', 'limit', 'cutWhole', 'cutUnit', 'cutLimit')
  local function returnTo(field, whole, keptUnit, keptLimit, usedBefore)
    -- The units used earlier leak away first.
    local leaked = math.max(0, math.max(0, now - at) / tonumber(keptUnit) - usedBefore)
    local left = math.max(0, usedOf(whole, keptUnit, keptLimit) - math.max(0, cost - leaked))
    redis.call('HSET', KEYS[i], field, string.format('%.6f', now + left * tonumber(keptUnit)))
  end
  if kept[1] and kept[2] == unit and kept[3] == limit then
    returnTo('whole', kept[1], unit, limit, before)
    if kept[4] then returnTo('cutWhole', kept[4], kept[5], kept[6], beforeCut) end
  elseif kept[4] and kept[5] == unit and kept[6] == limit then
    returnTo('cutWhole', kept[4], unit, limit, before)
  end
end
return 1
`
